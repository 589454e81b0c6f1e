/// Copies of databases: how they are made, kept and given out.
public enum Snapshots {}

/// Outgoing HTTP, over libcurl.
public enum HTTP {}

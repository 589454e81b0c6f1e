/// The rights that copies of a target need on both servers, as SQL that an administrator runs.
public struct CopyRights: Sendable, Hashable {
  public struct Right: Sendable, Hashable {
    /// One statement with its semicolon.
    public var sql: String
    /// Nothing where the server could not be asked, or does not say.
    public var isMissing: Bool?

    public init(_ sql: String, isMissing: Bool?) {
      self.sql = sql
      self.isMissing = isMissing
    }
  }

  /// One server with the role that works there.
  public struct Side: Sendable, Hashable {
    /// "db.example:5432/shop"
    public var database: String
    public var role: String
    public var rights: [Right]
    /// Why it could not be asked.
    public var unseen: String?

    public init(database: String, role: String, rights: [Right], unseen: String? = nil) {
      self.database = database
      self.role = role
      self.rights = rights
      self.unseen = unseen
    }
  }

  public var source: Side
  public var destination: Side
  /// On the scratch server; nothing where none is declared.
  public var scratch: Side?

  public init(source: Side, destination: Side, scratch: Side? = nil) {
    self.source = source
    self.destination = destination
    self.scratch = scratch
  }
}

/// Of one target: for `grants`.
public struct TargetRights: Sendable, Hashable {
  public var address: Address
  public var rights: CopyRights

  public init(_ address: Address, _ rights: CopyRights) {
    self.address = address
    self.rights = rights
  }
}

extension ServerFacts {
  /// Which running or copied server this is, as far as the role may know.
  public struct Cluster: Sendable, Hashable {
    /// Made by initdb and kept by every standby, backup and clone of the disk. Nothing where the role may not call
    /// `pg_control_system()`.
    public let identifier: String?
    /// The database's number in its cluster, which clones keep too.
    public let databaseNumber: String
    /// It repeats what another server writes (`pg_is_in_recovery()`), and takes no writes of its own.
    public let isStandby: Bool

    public init(identifier: String?, databaseNumber: String, isStandby: Bool) {
      self.identifier = identifier
      self.databaseNumber = databaseNumber
      self.isStandby = isStandby
    }
  }
}

extension SourceFacts {
  /// What stands between us and the server.
  public enum Pooling: Sendable, Hashable {
    /// The server itself, or something that only passes bytes on.
    case none
    /// A pooler that keeps one session for us as long as we are connected.
    case bySession
    /// A pooler that gave the session of one of our connections to another one: proved.
    case byTransaction
    /// A pooler, and which of the two it is could not be told; a sentence says why.
    case unknown(String)
  }
}

extension DestinationFacts {
  /// The rights that publishing a copy by two renames will need.
  public struct Publication: Sendable, Hashable {
    public let owner: String
    /// The role owns the database, or has the privileges of its owner.
    public let ownsDatabase: Bool
    public let maintenanceDatabase: String
    /// Renaming wants a connection to another database. Nothing where there is no such database.
    public let canUseMaintenanceDatabase: Bool?
    /// Roles with sessions in the database that this one may not end, sorted.
    public let rolesOutOfReach: [String]
    /// Superusers among those who are connected: only a superuser ends their sessions.
    public let superusersOutOfReach: [String]

    public init(
      owner: String, ownsDatabase: Bool, maintenanceDatabase: String, canUseMaintenanceDatabase: Bool?,
      rolesOutOfReach: [String], superusersOutOfReach: [String]
    ) {
      self.owner = owner
      self.ownsDatabase = ownsDatabase
      self.maintenanceDatabase = maintenanceDatabase
      self.canUseMaintenanceDatabase = canUseMaintenanceDatabase
      self.rolesOutOfReach = rolesOutOfReach
      self.superusersOutOfReach = superusersOutOfReach
    }
  }
}

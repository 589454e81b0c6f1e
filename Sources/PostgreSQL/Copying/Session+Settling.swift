public import Runtime

/// What both ends of a copy set beside the fixed list.
public struct CopySettings: Sendable {
  /// How long a lock is waited for; nothing for "as long as it takes".
  public var lockTimeout: Duration?
  /// A commit is answered before it is on disk: for the many small ones of a quarantine, whose publishing waits.
  public var commitsAsynchronously: Bool

  public init(lockTimeout: Duration? = nil, commitsAsynchronously: Bool = false) {
    self.lockTimeout = lockTimeout
    self.commitsAsynchronously = commitsAsynchronously
  }
}

extension Session {
  /// Gives the session the one list of settings with which both ends of a copy begin, so that what role and database
  /// have set changes no value, hides no row and ends no statement.
  ///
  /// They are set for the session, outside of a transaction; so there must be no pooler in transaction mode between.
  /// The server's own time limits are turned off: a copy lasts as long as something moves, which `stall` watches, and
  /// the owner of a snapshot has nothing to say for hours. What is left behind by a client that is gone, the server
  /// notices by keepalives within two minutes.
  public func settleForCopying(_ settings: CopySettings = CopySettings(), deadline: Deadline) throws(DatabaseError) {
    if let connection, !connection.isIdle {
      throw DatabaseError(.misused, "settings", at: subject, "a transaction is open already")
    }
    let list = Self.fixedSettings + Self.copySettings + versionedSettings + settings.list
    let calls = list.indices.map { "pg_catalog.set_config($\($0 * 2 + 1), $\($0 * 2 + 2), false)" }
    _ = try query(
      "SELECT " + calls.joined(separator: ", "), list.flatMap { [$0.name, $0.value] }, deadline: deadline,
      as: "settings")
  }

  /// Beside the values of `fixedSettings`: what decides whether rows are seen, taken and written at all.
  private static let copySettings: [(name: String, value: String)] = [
    ("search_path", "pg_catalog"), ("row_security", "off"), ("statement_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"), ("default_transaction_read_only", "off"),
    ("default_transaction_isolation", "read committed"), ("default_transaction_deferrable", "off"),
    ("tcp_keepalives_idle", "60"), ("tcp_keepalives_interval", "10"), ("tcp_keepalives_count", "6"),
    // A fragment is a value of the type xml that the option "document" refuses.
    ("xmloption", "content"), ("array_nulls", "on"), ("standard_conforming_strings", "on"),
    ("client_min_messages", "error"), ("jit", "off"),
  ]

  private var versionedSettings: [(name: String, value: String)] {
    (serverVersion >= 140_000 ? [("idle_session_timeout", "0")] : [])
      + (serverVersion >= 170_000 ? [("transaction_timeout", "0")] : [])
  }
}

extension CopySettings {
  fileprivate var list: [(name: String, value: String)] {
    // At least a millisecond: 0 would mean "for ever" to the server.
    let milliseconds = lockTimeout.map { max(1, Int($0 / .milliseconds(1))) } ?? 0
    return [
      ("lock_timeout", "\(min(milliseconds, Int(Int32.max)))"),
      ("synchronous_commit", commitsAsynchronously ? "off" : "on"),
    ]
  }
}

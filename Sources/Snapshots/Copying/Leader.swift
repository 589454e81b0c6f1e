public import PostgreSQL
public import Runtime

/// The session that holds the instant of a copy, and the locks on everything that is copied.
///
/// The snapshot alone is not one instant: after another session's TRUNCATE, whoever reads at it sees no rows and no
/// error. So each table is locked ACCESS SHARE before a row is read, which lets readers and writers go on and keeps
/// TRUNCATE and ALTER TABLE waiting, until the last worker has ended (manual, "Explicit Locking").
///
/// When it is released its session ends, and with it the snapshot.
public final class Leader {
  public let session: Session
  public let snapshot: ExportedSnapshot
  /// The transaction's time, which `now()` in filters and lifted SQL means: "2026-11-21 14:02:11.123456+00".
  public let instant: String
  private let transaction: CopyTransaction

  /// - Throws: where the role may not, or the time is up; the session is then rolled back.
  public static func take(
    on session: Session, lockTimeout: Duration, deadline: Deadline
  ) throws(DatabaseError) -> Leader {
    try session.settleForCopying(CopySettings(lockTimeout: lockTimeout), deadline: deadline)
    let transaction = try CopyTransaction(on: session, for: .reading, deadline: deadline)
    let snapshot = try transaction.exportSnapshot(deadline: deadline)
    let instant = try session.query(
      "SELECT pg_catalog.transaction_timestamp()::text", deadline: deadline, as: "reading the instant")
    return Leader(session, transaction, snapshot, instant.single ?? "")
  }

  private init(
    _ session: Session, _ transaction: CopyTransaction, _ snapshot: ExportedSnapshot, _ instant: String
  ) {
    self.session = session
    self.transaction = transaction
    self.snapshot = snapshot
    self.instant = instant
  }

  /// Locks the tables; the server's error names the one that somebody else holds.
  ///
  /// What changed between the snapshot and the locks shows when the schema is read again under them.
  ///
  /// - Parameter tables: names that are quoted already.
  public func lock(_ tables: [String], deadline: Deadline) throws(DatabaseError) {
    try session.lockForReading(tables, deadline: deadline)
  }

  /// Proves that the leader still holds the instant: what was read is worth nothing without it.
  public func prove(deadline: Deadline) throws(DatabaseError) {
    _ = try session.query("SELECT 1", deadline: deadline, as: "holding the snapshot")
  }

  public func end() { transaction.rollback() }
}

public import Runtime

/// A transaction that stays open over many calls: the instant that a copy is read at, or the rows that are to be there
/// together or not at all.
///
/// It ends with `commit` or `rollback`; one that is released before closes its session, which the server answers with a
/// rollback. The session has its settings from `settleForCopying`.
public final class CopyTransaction {
  public enum Purpose: Sendable, Hashable {
    /// Reads at an instant of its own (REPEATABLE READ READ ONLY).
    case reading
    /// Reads at the instant of another transaction that is still open.
    case readingAt(ExportedSnapshot)
    /// Writes (READ COMMITTED READ WRITE).
    case writing
  }

  public let session: Session
  public let purpose: Purpose
  private var isOpen = true

  /// - Throws: `.server` with 22023 or 42704 where the snapshot's owner is gone; no transaction is open then.
  public init(on session: Session, for purpose: Purpose, deadline: Deadline) throws(DatabaseError) {
    (self.session, self.purpose) = (session, purpose)
    guard session.isOutsideTransaction else {
      isOpen = false
      throw DatabaseError(.misused, "begin", at: session.subject, "a transaction is open already")
    }
    do {
      _ = try session.query("BEGIN ISOLATION LEVEL \(purpose.mode)", deadline: deadline, as: "begin")
      try look(deadline)
    } catch {
      rollback()
      throw error
    }
  }

  deinit { if isOpen { session.close() } }

  /// The instant of a transaction is that of its first query, so that is asked here.
  private func look(_ deadline: Deadline) throws(DatabaseError) {
    switch purpose {
    case .reading: _ = try session.query("SELECT 1", deadline: deadline, as: "begin")
    case .readingAt(let snapshot):
      _ = try session.query(
        "SET TRANSACTION SNAPSHOT '\(snapshot.id)'", deadline: deadline, as: "adopting the snapshot")
    case .writing: break
    }
  }

  /// Gives the instant out: other sessions of the same server read at it as long as this transaction is open.
  public func exportSnapshot(deadline: Deadline) throws(DatabaseError) -> ExportedSnapshot {
    let rows = try session.query(
      "SELECT pg_catalog.pg_export_snapshot()", deadline: deadline, as: "exporting the snapshot")
    guard let snapshot = rows.single.flatMap(ExportedSnapshot.init(id:)) else {
      throw DatabaseError(
        .protocolViolation, "exporting the snapshot", at: session.subject, "the server gave no identifier")
    }
    return snapshot
  }

  /// - Throws: `.outcomeUnknown` and `.rolledBack` as `Session.transaction` does. It has ended in every case.
  public func commit(deadline: Deadline) throws(DatabaseError) {
    guard isOpen else { throw .closed("commit", at: session.subject) }
    isOpen = false
    try session.commit(readOnly: purpose != .writing, deadline)
  }

  /// Rolls back; where that fails too the session is closed, which ends the transaction as well.
  public func rollback() {
    guard isOpen else { return }
    isOpen = false
    session.rollback()
  }
}

extension CopyTransaction.Purpose {
  fileprivate var mode: String {
    self == .writing ? "READ COMMITTED READ WRITE" : "REPEATABLE READ READ ONLY"
  }
}

/// The name of an instant, as `pg_export_snapshot` gives it: "00000003-0000001B-1". `pg_dump --snapshot` takes it too.
public struct ExportedSnapshot: Sendable, Hashable {
  public let id: String

  /// Nothing for a text that could be something else than a name inside of a statement.
  public init?(id: String) {
    guard !id.isEmpty, id.utf8.count <= 64 else { return nil }
    let isName = id.unicodeScalars.allSatisfy { $0 == "-" || ("0"..."9").contains($0) || ("A"..."F").contains($0) }
    guard isName else { return nil }
    self.id = id
  }
}

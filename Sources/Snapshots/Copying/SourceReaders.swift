import Masking
import PostgreSQL
import Runtime
private import Synchronization

/// The sessions that read rows, each at the leader's instant and with locks of its own on every table.
///
/// They are opened before anything takes long. The leader's locks keep a TRUNCATE of somebody else waiting, and whoever
/// wants a lock after that one, be it the mildest, waits behind it (manual, "Explicit Locking"): a worker that came only
/// now would wait for the TRUNCATE, and the TRUNCATE for us. So late ones do not wait at all.
final class SourceReaders: Sendable {
  private let source: ConnectionParameters
  private let snapshot: ExportedSnapshot
  private let tables: [Table]
  private let world: CopyWorld
  private let ready = Mutex<[Ready]>([])

  /// A transaction on its way from the thread that has opened it to the one that will use it; in between nobody does.
  private struct Ready: @unchecked Sendable {
    let transaction: CopyTransaction
  }

  /// - Parameter tables: all that is read.
  init(
    _ count: Int, of source: ConnectionParameters, at snapshot: ExportedSnapshot, locking tables: [Table],
    _ world: CopyWorld
  ) throws(RefreshFailure) {
    (self.source, self.snapshot, self.tables, self.world) = (source, snapshot, tables, world)
    for _ in 0..<max(1, count) {
      let opened = Ready(transaction: try open())
      ready.withLock { $0.append(opened) }
    }
  }

  /// One of those that are ready, or a new one in the place of one that was lost.
  func take() throws(RefreshFailure) -> CopyTransaction {
    if let opened = ready.withLock({ $0.popLast() }), opened.transaction.session.isOpen { return opened.transaction }
    return try open()
  }

  /// Gives the locks back where nobody is going to read: those that were taken are their workers' to end.
  func end() {
    let unused = ready.withLock { ready in
      defer { ready = [] }
      return ready
    }
    for reader in unused { reader.transaction.rollback() }
  }

  private func open() throws(RefreshFailure) -> CopyTransaction {
    let session = try world.connect(source)
    let (deadline, snapshot, tables) = (world.short, snapshot, tables)
    do throws(DatabaseError) {
      try session.settleForCopying(deadline: deadline)
      let transaction = try CopyTransaction(on: session, for: .readingAt(snapshot), deadline: deadline)
      try session.lockForReading(tables.map(\.name.quoted), waiting: false, deadline: deadline)
      return transaction
    } catch {
      guard error.sqlstate == "55P03" else { throw RefreshFailure(error) }
      throw try overtaken(error)
    }
  }

  private func overtaken(_ error: DatabaseError) throws(RefreshFailure) -> RefreshFailure {
    let session = try world.connect(source)
    let (deadline, oids) = (world.short, tables.map(\.oid))
    let waiters = try reaching { () throws(DatabaseError) in
      try LockWaiter.read(of: oids, in: session, deadline: deadline)
    }
    // Who has gone meanwhile was there all the same.
    return RefreshFailure(overtakenBy: waiters)
      ?? .overtaken("somebody waited to change a table that is being copied (\(error.message)); run it again")
  }
}

extension Session {
  /// Locks tables against TRUNCATE and ALTER TABLE, and nothing else; the server's error names the one that somebody
  /// else holds.
  ///
  /// - Parameter tables: names that are quoted already.
  func lockForReading(_ tables: [String], waiting: Bool = true, deadline: Deadline) throws(DatabaseError) {
    // Few round trips, and a statement of a readable size.
    for first in stride(from: 0, to: tables.count, by: 500) {
      let names = tables[first..<min(first + 500, tables.count)].map { "ONLY \($0)" }
      _ = try query(
        "LOCK TABLE \(names.joined(separator: ", ")) IN ACCESS SHARE MODE\(waiting ? "" : " NOWAIT")",
        deadline: deadline, as: "locking tables")
    }
  }
}

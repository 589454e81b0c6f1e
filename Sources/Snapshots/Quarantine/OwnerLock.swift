import PostgreSQL
import Runtime
private import Synchronization

/// Tells a server that whoever makes a database there is still at work on it: an advisory lock by the database's name,
/// taken before the database is made and held until it is dropped or has its place.
///
/// The server lets go of it when the session ends, so a killed owner is known as gone at once, on whatever machine it
/// ran; and every role sees it from every database, in `pg_locks`. It is held by a transaction, because a pooler may give
/// a session to somebody else between two. A session that is lost while its owner lives is opened again within a second.
final class OwnerLock {
  private let holding: Holding
  private let thread: Thread
  private var hasEnded = false

  /// How often the session is tried.
  static let interval = Duration.seconds(1)
  /// After so long without a word the server ends the session, be its owner's machine gone or the way to it, and also
  /// where a pooler stands between that is still there.
  static let silence = Duration.seconds(120)

  /// - Throws: where the server cannot be asked. Nothing should be made without it.
  init(
    _ name: ScratchName, on server: MaintenanceConnection, speakingEvery interval: Duration = OwnerLock.interval,
    silentAtMost silence: Duration = OwnerLock.silence
  ) throws(QuarantineFailure) {
    let holding: Holding
    do {
      holding = Holding(
        name.name, server, interval, silence, stop: try Interrupt(), isTried: try Interrupt())
    } catch { throw .refused(error.description) }
    guard let thread = Thread.start({ holding.run() }) else {
      throw .refused("the system has no thread left to hold a lock")
    }
    (self.holding, self.thread) = (holding, thread)
    let isTried = Self.awaited(
      holding.isTried, .after(server.connectTimeout + server.statementTimeout), server.interrupt)
    let refusal = holding.refusal.withLock { $0 }
    if !isTried, server.interrupt?.isRaised ?? false {
      end()
      throw .refused("interrupted")
    }
    guard isTried, refusal == nil else {
      end()
      throw refusal.map { .database($0) } ?? .refused("no lock for \(name) could be had in time")
    }
  }

  deinit { end() }

  /// In slices, because the thread that takes the lock does not hear the run's interrupt.
  private static func awaited(_ event: Interrupt, _ deadline: Deadline, _ interrupt: Interrupt?) -> Bool {
    while !deadline.hasPassed, !(interrupt?.isRaised ?? false) {
      if event.wait(until: .after(.milliseconds(100))) { return true }
    }
    return event.isRaised
  }

  func end() {
    guard !hasEnded else { return }
    hasEnded = true
    holding.stop.raise()
    thread.join()
  }

  /// The key of the lock, as a part of a query that has the database's name as `name`.
  static func key(of name: String) -> String { "pg_catalog.hashtextextended(\(name) COLLATE \"C\", 6578295)" }

  /// Of the keys, those that somebody holds, in whichever database; the manual ("pg_locks") says how a key stands there.
  static let held = """
    SELECT l.classid::pg_catalog.int8 << 32 | l.objid::pg_catalog.int8 FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
    """

  /// What the thread works on.
  private final class Holding: Sendable {
    let name: String
    let server: MaintenanceConnection
    let interval, silence: Duration
    let stop, isTried: Interrupt
    let refusal = Mutex<DatabaseError?>(nil)

    init(
      _ name: String, _ server: MaintenanceConnection, _ interval: Duration, _ silence: Duration, stop: Interrupt,
      isTried: Interrupt
    ) {
      var server = server
      // Not the run's own: what is interrupted still has to be taken away.
      server.interrupt = stop
      (self.name, self.server, self.stop, self.isTried) = (name, server, stop, isTried)
      (self.interval, self.silence) = (interval, silence)
    }

    func run() {
      var session: Session?
      do throws(DatabaseError) { session = try take() } catch { refusal.withLock { $0 = error } }
      isTried.raise()
      guard session != nil else { return }
      while !stop.wait(until: .after(interval)) {
        if let session, prove(session) { continue }
        session = try? take()
      }
    }

    /// Whoever sweeps looks twice, `OrphanSweep.patience` apart: by then a lost session has to be noticed.
    private func prove(_ session: Session) -> Bool {
      (try? session.query("SELECT 1", deadline: .after(.seconds(2)), as: "hold the lock")) != nil
    }

    /// In the transaction, because of what is set before it a pooler may give the transaction nothing.
    private func take() throws(DatabaseError) -> Session {
      let session = try server.open()
      for statement in [
        "BEGIN READ ONLY", "SET LOCAL tcp_keepalives_idle TO 60", "SET LOCAL tcp_keepalives_interval TO 10",
        "SET LOCAL tcp_keepalives_count TO 6",
        "SET LOCAL idle_in_transaction_session_timeout TO '\(Int(silence / .milliseconds(1)))ms'",
      ] + (session.serverVersion >= 170_000 ? ["SET LOCAL transaction_timeout TO 0"] : []) {
        _ = try session.query(statement, deadline: server.short, as: "hold a lock")
      }
      // Shared, so that one of our own that the server has not ended yet is no obstacle.
      _ = try session.query(
        "SELECT pg_catalog.pg_advisory_xact_lock_shared(\(OwnerLock.key(of: "$1")))", [name], deadline: server.short,
        as: "hold a lock")
      return session
    }
  }
}

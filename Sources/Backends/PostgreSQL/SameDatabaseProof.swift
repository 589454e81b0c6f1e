import PostgreSQL
import Runtime
private import Synchronization

/// Whether two sessions are in one live database, proved by a lock.
///
/// Addresses prove nothing: proxies and names hide them, and a clone of a disk has the same identifiers. Advisory locks
/// belong to one database of one running server. The source's transaction takes one by a random number; when the
/// destination's cannot have the same while the source holds it, both are in the same place.
/// Both use the transaction's form of the lock, which is allowed in a read-only transaction and ends with it, also
/// behind a pooler.
final class SameDatabaseProof: Sendable {
  private let key = Int64.random(in: .min ... .max)
  private let sourceIsReady: Interrupt
  private let destinationIsDone: Interrupt
  private let interrupt: Interrupt?
  private let state = Mutex(State())

  private struct State {
    var isHeld = false
    var isSame: Bool?
  }

  init(interrupt: Interrupt?) throws(InterruptUnavailable) {
    (sourceIsReady, destinationIsDone) = (try Interrupt(), try Interrupt())
    self.interrupt = interrupt
  }

  /// The answer, which holds only if the source's transaction has ended well: a lock that a broken connection lost
  /// proves nothing.
  var isSame: Bool? { state.withLock { $0.isSame } }

  private func wait(for event: Interrupt, until deadline: Deadline) {
    _ = firstRaised(of: [event] + [interrupt].compactMap(\.self), until: deadline)
  }
}

/// The source's side.
extension SameDatabaseProof {
  func take(in session: Session, deadline: Deadline) throws(DatabaseError) {
    _ = try session.query("SELECT pg_advisory_xact_lock($1::bigint)", ["\(key)"], deadline: deadline, as: "lock")
    state.withLock { $0.isHeld = true }
    sourceIsReady.raise()
  }

  /// Keeps the lock until the destination has tried it, or cannot any more.
  func keep(until deadline: Deadline) {
    wait(for: destinationIsDone, until: deadline)
    sourceEnded()
  }

  /// Also where the source was never reached: then the destination need not wait.
  func sourceEnded() {
    state.withLock { $0.isHeld = false }
    sourceIsReady.raise()
  }
}

/// The destination's side.
extension SameDatabaseProof {
  /// Waits for the source and tries its lock. The try counts only if the source still holds the lock after it.
  func attempt(in session: Session, until deadline: Deadline) throws(DatabaseError) {
    defer { destinationEnded() }
    wait(for: sourceIsReady, until: deadline)
    guard state.withLock({ $0.isHeld }) else { return }
    let got = try session.query(
      "SELECT pg_try_advisory_xact_lock($1::bigint)", ["\(key)"], deadline: deadline, as: "lock")
    state.withLock { state in
      if state.isHeld, let answer = got.single { state.isSame = answer == "f" }
    }
  }

  func destinationEnded() { destinationIsDone.raise() }
}

import Reconciliation
import Runtime
private import Synchronization

/// Keeps a lease alive beside work that takes longer than its time to live.
///
/// A lease that is lost all the same (the store was away for too long, and somebody else has taken over) raises the
/// interrupt of the work: what goes on without a lease could no longer be written down anyway.
final class LeaseKeeper: Sendable {
  private let store: any RecordStore
  private let held: Mutex<Lease>
  private let hasLost = Atomic<Bool>(false)
  private let stop: Interrupt
  private let work: Interrupt
  private let thread: Mutex<Thread?>

  static let timeToLive = Duration.seconds(10)
  /// Three tries within the time to live.
  private static let interval = Duration.seconds(3)

  init(_ lease: Lease, in store: any RecordStore, interrupting work: Interrupt) throws(InterruptUnavailable) {
    self.store = store
    self.work = work
    held = Mutex(lease)
    stop = try Interrupt()
    thread = Mutex(nil)
    let started = Thread.start { [self] in keep() }
    thread.withLock { $0 = started }
  }

  /// As it was renewed last.
  var lease: Lease { held.withLock { $0 } }
  var isLost: Bool { hasLost.load(ordering: .relaxed) }

  private func keep() {
    while !stop.wait(until: .after(Self.interval)) {
      do {
        let renewed = try store.renew(lease, timeToLive: Self.timeToLive)
        held.withLock { $0 = renewed }
      } catch {
        // A store that does not answer may answer the next time; the lease that somebody else has does not come back.
        guard case .fenced = error else { continue }
        hasLost.store(true, ordering: .relaxed)
        work.raise()
        return
      }
    }
  }

  /// Ends the renewing, and gives the lease back.
  func end() {
    stop.raise()
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
    if !isLost { try? store.release(lease) }
  }
}

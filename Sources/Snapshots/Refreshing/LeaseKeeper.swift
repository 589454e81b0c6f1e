import Reconciliation
import Runtime
private import Synchronization

/// Keeps a lease alive beside work that takes longer than its time to live.
///
/// A lease that is lost all the same (the store was away for too long, and somebody else has taken over) raises the
/// interrupt of the work: what goes on without a lease could no longer be written down anyway.
final class LeaseKeeper {
  private let renewal: Renewal
  private var thread: Thread?

  static let timeToLive = Duration.seconds(10)

  init(_ lease: Lease, in store: any RecordStore, interrupting work: Interrupt) throws(InterruptUnavailable) {
    let renewal = try Renewal(lease, store, work)
    self.renewal = renewal
    thread = Thread.start { renewal.run() }
  }

  deinit { end() }

  /// As it was renewed last.
  var lease: Lease { renewal.held.withLock { $0 } }
  var isLost: Bool { renewal.isLost.load(ordering: .relaxed) }

  /// Ends the renewing, and gives the lease back.
  func end() {
    guard let running = thread else { return }
    thread = nil
    renewal.stop.raise()
    running.join()
    if !isLost { try? renewal.store.release(lease) }
  }

  /// What the thread works on.
  private final class Renewal: Sendable {
    let store: any RecordStore
    let held: Mutex<Lease>
    let isLost = Atomic<Bool>(false)
    let stop: Interrupt
    private let work: Interrupt

    /// Three tries within the time to live.
    private static let interval = Duration.seconds(3)

    init(_ lease: Lease, _ store: any RecordStore, _ work: Interrupt) throws(InterruptUnavailable) {
      stop = try Interrupt()
      held = Mutex(lease)
      self.store = store
      self.work = work
    }

    func run() {
      while !stop.wait(until: .after(Self.interval)) {
        do {
          let renewed = try store.renew(held.withLock { $0 }, timeToLive: LeaseKeeper.timeToLive)
          held.withLock { $0 = renewed }
        } catch {
          // A store that does not answer may answer the next time; the lease that somebody else has does not come back.
          guard case .fenced = error else { continue }
          isLost.store(true, ordering: .relaxed)
          work.raise()
          return
        }
      }
    }
  }
}

import Reconciliation
import Runtime
private import Synchronization

/// Keeps a lease alive beside work that takes longer than its time to live.
///
/// A lease that is lost all the same (the store was away for too long, and somebody else has taken over) raises the
/// interrupt of the work: what goes on without a lease could no longer be written down anyway.
///
/// Where no thread can be started, nothing is renewed and nothing may be begun: `init` throws, and the lease is the
/// caller's to give back.
final class LeaseKeeper {
  private let renewal: Renewal
  private let thread: Thread
  private var hasEnded = false

  static let timeToLive = Duration.seconds(10)

  init(
    _ lease: Lease, in store: any RecordStore, interrupting work: Interrupt,
    starting: (@escaping @Sendable () -> Void) -> Thread? = Thread.start
  ) throws(Unavailable) {
    let renewal: Renewal
    do { renewal = try Renewal(lease, store, work) } catch { throw Unavailable(description: error.description) }
    guard let thread = starting({ renewal.run() }) else {
      throw Unavailable(description: "the system has no thread left to renew it")
    }
    (self.renewal, self.thread) = (renewal, thread)
  }

  struct Unavailable: Error, CustomStringConvertible {
    let description: String
  }

  deinit { end() }

  /// As it was renewed last.
  var lease: Lease { renewal.held.withLock { $0 } }
  var isLost: Bool { renewal.isLost.load(ordering: .relaxed) }

  /// Ends the renewing, and gives the lease back.
  func end() {
    guard !hasEnded else { return }
    hasEnded = true
    renewal.stop.raise()
    thread.join()
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

extension CopyWorld {
  /// The lease of a target's copy, kept alive; whoever has it may replace what is in the destination.
  func hold(
    _ target: String, in workspace: String, _ catalogue: any SnapshotCatalogue
  ) throws(RefreshFailure) -> LeaseKeeper {
    let name = Lease.refresh(of: target, in: workspace)
    let deadline = Deadline.after(leaseWait)
    while true {
      do throws(RecordStoreError) {
        let lease = try catalogue.acquireLease(
          name, holder: "\(actor) (run \(run))", timeToLive: LeaseKeeper.timeToLive)
        do { return try LeaseKeeper(lease, in: catalogue, interrupting: interrupt) } catch {
          try? catalogue.release(lease)
          throw .failed(Failure("keep", name, cause: error.description))
        }
      } catch {
        guard case .held = error, !deadline.hasPassed else { throw .store(error) }
        if interrupt.wait(until: deadline.earlier(.after(.milliseconds(100)))) { throw .interrupted }
      }
    }
  }
}

import Reconciliation
private import Synchronization

/// How long each phase of a run took. A phase lasts until the next one begins; one that begins again goes on.
final class PhaseClock: Sendable {
  private struct State {
    var current: (phase: CopyProgress.Phase, since: ContinuousClock.Instant)?
    var past: [CopyProgress.Phase: Duration] = [:]

    /// - Parameter now: read behind the lock, so that no moment comes before the one of another thread.
    mutating func close(_ now: ContinuousClock.Instant) {
      guard let current else { return }
      past[current.phase, default: .zero] += now - current.since
      self.current = nil
    }
  }

  private let state = Mutex(State())

  /// Workers say from threads of their own how far they are.
  func saw(_ progress: CopyProgress) {
    state.withLock { state in
      guard state.current?.phase != progress.phase else { return }
      let now = ContinuousClock.now
      state.close(now)
      state.current = (progress.phase, now)
    }
  }

  /// Up to now.
  var phases: [CopyProgress.Phase: Duration] {
    state.withLock { state in
      var state = state
      state.close(.now)
      return state.past
    }
  }
}

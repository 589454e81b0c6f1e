import Reconciliation
import Runtime
private import Synchronization

/// The checks of one run: which are still to do, and the answers so far.
final class CheckRun: Sendable {
  private let queries: [CheckQuery]
  /// Raised when the last check was taken: who still waits for a connection need not.
  let allTaken: Interrupt?
  private let state: Mutex<State>

  private struct State {
    var next = 0
    var answers: [CheckAnswer?]
    var failure: DatabaseFailure?
  }

  init(_ queries: [CheckQuery]) {
    self.queries = queries
    allTaken = try? Interrupt()
    state = Mutex(State(answers: Array(repeating: nil, count: queries.count)))
  }

  var isAllTaken: Bool { state.withLock { $0.next == queries.count } }

  func take() -> (place: Int, query: CheckQuery)? {
    state.withLock { state in
      guard state.next < queries.count else { return nil }
      defer { state.next += 1 }
      if state.next + 1 == queries.count { allTaken?.raise() }
      return (state.next, queries[state.next])
    }
  }

  func answer(_ place: Int, _ answer: CheckAnswer) { state.withLock { $0.answers[place] = answer } }

  /// Why a connection could not be had.
  func gaveUp(_ failure: DatabaseFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

  /// In the order of the queries. What nobody took has failed for the reason for which the connections gave up.
  func answers(orElse unknown: DatabaseFailure) -> [CheckAnswer] {
    state.withLock { state in
      state.answers.map { $0 ?? CheckAnswer(.failed(state.failure ?? unknown), duration: .zero) }
    }
  }
}

import PostgreSQL
import Reconciliation
import Runtime

extension RefreshRun {
  /// What is said of a refresh that did not come to its end.
  func result(of failure: RefreshFailure) -> CopyResult {
    switch failure {
    case .interrupted: .interrupted
    case .unknown(let sentence): .unknown(sentence)
    case .store(.held(let lease)): .leaseHeld(lease)
    case .unproved(let sentence, let verification): .refused(sentence, verification)
    case .stale: .stale(failure.cause)
    case .unfinished(let cause, let way): .failed("\(cause); the previous copy is untouched", hint: way)
    // Programs, stores and servers say it in their own ways when they were interrupted.
    default:
      world.interrupt.isRaised ? .interrupted : .failed("\(failure.cause); the previous copy is untouched", hint: nil)
    }
  }
}

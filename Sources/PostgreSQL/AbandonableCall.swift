import Runtime
private import Synchronization

/// How a call that may never come back ended for the one who waited.
enum AbandonableOutcome<Value: Sendable>: Sendable {
  case finished(Value)
  case timedOut, interrupted
  /// The system gave no thread or no descriptor.
  case notStarted
}

/// Runs a call that cannot be given a deadline (`getaddrinfo`, `PQcancel`) on a thread of its own and waits for it no
/// longer than the deadline. A call that outlives it is left to itself; its result is dropped.
func abandonable<Value: Sendable>(
  until deadline: Deadline, or interrupt: Interrupt?, _ call: @escaping @Sendable () -> Value
) -> AbandonableOutcome<Value> {
  guard let answer = try? Answer<Value>() else { return .notStarted }
  guard let thread = Thread.start({ answer.give(call()) }) else { return .notStarted }
  let wakening = wait(for: .reading, on: answer.given.descriptor, until: deadline, or: interrupt)
  if let value = answer.value {
    thread.join()
    return .finished(value)
  }
  thread.abandon()
  return wakening == .interrupted ? .interrupted : .timedOut
}

/// The place where the thread leaves its result. Whoever lets go last closes the pipe.
private final class Answer<Value: Sendable>: Sendable {
  let given: Interrupt
  private let kept = Mutex<Value?>(nil)

  init() throws(InterruptUnavailable) { given = try Interrupt() }

  var value: Value? { kept.withLock { $0 } }

  func give(_ value: Value) {
    kept.withLock { $0 = value }
    given.raise()
  }
}

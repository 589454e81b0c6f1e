import Runtime

/// When a running program is given up.
public enum TimeLimit: Sendable {
  /// When so much time has passed.
  case total(Duration)
  /// When it has not moved for so long. Moving is a line or a byte that it writes, or a change of what `progress`
  /// measures, which is asked every second: the size of a folder, say.
  case stall(Duration, progress: (@Sendable () -> Int)? = nil)

  var granted: Duration {
    switch self {
    case .total(let duration), .stall(let duration, _): duration
    }
  }
}

/// Counts down while a program runs.
struct Countdown {
  private let limit: TimeLimit
  private(set) var deadline: Deadline
  private var measured: Int?

  init(_ limit: TimeLimit) {
    self.limit = limit
    deadline = .after(limit.granted)
  }

  /// The program has written something.
  mutating func moved() {
    if case .stall(let duration, _) = limit { deadline = .after(duration) }
  }

  /// True when it is time to give up. Asks for the progress first.
  mutating func isOver() -> Bool {
    if case .stall(_, let progress?) = limit {
      let now = progress()
      if now != measured { moved() }
      measured = now
    }
    return deadline.hasPassed
  }

  /// How long to sleep at most before asking again.
  var nextLook: Deadline {
    if case .stall(_, .some) = limit { return deadline.earlier(.after(.seconds(1))) }
    return deadline
  }
}

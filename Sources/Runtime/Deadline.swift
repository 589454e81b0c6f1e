/// The moment after which an outside call is given up. Every outside call has one.
///
/// It is counted on the monotonic clock, so that a change of the wall clock neither shortens nor lengthens it.
public struct Deadline: Sendable, Hashable {
  public let instant: ContinuousClock.Instant
  /// What was granted in the first place: for the sentence "no answer within 10 s".
  public let granted: Duration

  public static func after(_ duration: Duration) -> Deadline {
    Deadline(instant: ContinuousClock.now.advanced(by: duration), granted: duration)
  }

  public var hasPassed: Bool { ContinuousClock.now >= instant }

  /// What is left, rounded up to whole milliseconds and never negative: the timeout that `poll(2)` takes.
  public var milliseconds: Int32 {
    let (seconds, attoseconds) = (instant - ContinuousClock.now).components
    let left = seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(clamping: max(0, left))
  }

  public func earlier(_ other: Deadline) -> Deadline { other.instant < instant ? other : self }
}

extension Duration {
  /// "10 s", "1.5 s", "250 ms": as sentences for people say it.
  public var spoken: String {
    let (seconds, attoseconds) = components
    let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    if milliseconds < 1_000 { return "\(milliseconds) ms" }
    if milliseconds % 1_000 == 0 || milliseconds >= 60_000 { return "\(milliseconds / 1_000) s" }
    return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
  }
}

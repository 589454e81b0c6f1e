#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// "Somebody pressed Ctrl-C": raised once, seen by every wait.
///
/// It is a pipe: raising writes a byte that nobody ever reads, so each `poll(2)` that includes `descriptor` wakes at
/// once and stays awake. `raise` is one `write(2)` and therefore allowed inside a signal handler (POSIX.1-2017,
/// async-signal-safe functions).
public final class Interrupt: Sendable {
  /// Readable as soon as the interrupt was raised. For `poll(2)`; never read from it.
  public let descriptor: Int32
  private let writing: Int32

  /// Throws where the process has no descriptor left.
  public init() throws(InterruptUnavailable) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw InterruptUnavailable() }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (descriptor, writing) = (ends[0], ends[1])
  }

  deinit {
    close(descriptor)
    close(writing)
  }

  public func raise() {
    var byte: UInt8 = 1
    _ = write(writing, &byte, 1)
  }

  /// Where a signal handler writes one byte to raise it; a handler can capture nothing, so it keeps this number.
  public var raisingDescriptor: Int32 { writing }

  public var isRaised: Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&waiting, 1, 0) > 0
  }

  /// Sleeps until the deadline, or until the interrupt is raised: true when it was.
  public func wait(until deadline: Deadline) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while !deadline.hasPassed {
      if poll(&waiting, 1, deadline.milliseconds) > 0 { return true }
    }
    return isRaised
  }
}

public struct InterruptUnavailable: Error, CustomStringConvertible {
  public var description: String { "the process has no file descriptor left for a pipe" }
}

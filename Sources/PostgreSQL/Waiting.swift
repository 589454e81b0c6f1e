import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// How a wait ended.
enum Wakening: Sendable {
  case ready, timedOut, interrupted
}

/// What a wait is for, as `poll(2)` has it.
struct Awaited: OptionSet, Sendable {
  let rawValue: Int16
  static let reading = Awaited(rawValue: Int16(POLLIN))
  static let writing = Awaited(rawValue: Int16(POLLOUT))
}

/// Sleeps until the descriptor is ready, the deadline has passed or the interrupt is raised. The interrupt goes before
/// the deadline and both before data, so that a server that never stops sending cannot hold us.
func wait(for awaited: Awaited, on descriptor: Int32, until deadline: Deadline, or interrupt: Interrupt?) -> Wakening {
  while true {
    var waiting = [pollfd(fd: descriptor, events: awaited.rawValue, revents: 0)]
    if let interrupt { waiting.append(pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0)) }
    let woken = poll(&waiting, nfds_t(waiting.count), deadline.milliseconds)
    if woken > 0, waiting.count == 2, waiting[1].revents != 0 { return .interrupted }
    if deadline.hasPassed { return .timedOut }
    if woken > 0 { return .ready }
  }
}

/// Whether the descriptor is ready now.
func isReady(_ awaited: Awaited, on descriptor: Int32) -> Bool {
  var asked = pollfd(fd: descriptor, events: awaited.rawValue, revents: 0)
  return poll(&asked, 1, 0) > 0
}

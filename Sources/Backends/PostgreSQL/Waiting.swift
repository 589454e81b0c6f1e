import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Sleeps until one of the events was raised: its place in the list, or nothing when the deadline has passed. Without
/// a deadline it waits for as long as it takes.
func firstRaised(of events: [Interrupt], until deadline: Deadline?) -> Int? {
  var waiting = events.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
  repeat {
    if poll(&waiting, nfds_t(waiting.count), deadline?.milliseconds ?? -1) > 0 {
      return waiting.firstIndex { $0.revents != 0 }
    }
  } while !(deadline?.hasPassed ?? false)
  return nil
}

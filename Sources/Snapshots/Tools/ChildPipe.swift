#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A pipe from a child to us: the owner of both ends. Neither is inherited by accident, and reading never blocks.
final class ChildPipe {
  private(set) var reading, writing: Int32

  init() throws(ToolFailure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ToolFailure(.system, program: nil, "no pipe can be made: \(systemError())") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    closeWriting()
    closeReading()
  }

  /// Without this the end of the stream is never seen, because we could still write to it ourselves.
  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  /// A closed end has the number -1, which `poll(2)` passes over.
  func closeReading() {
    if reading >= 0 { close(reading) }
    reading = -1
  }

  /// Hands out what there is; false where there is nothing now, and after the end of the stream for ever.
  func read(_ take: (UnsafeRawBufferPointer) -> Void) -> Bool {
    guard reading >= 0 else { return false }
    return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { buffer in
      #if canImport(Glibc)
        let count = Glibc.read(reading, buffer.baseAddress, buffer.count)
      #else
        let count = Darwin.read(reading, buffer.baseAddress, buffer.count)
      #endif
      if count > 0 {
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return true
      }
      if count == 0 { closeReading() }
      return false
    }
  }
}

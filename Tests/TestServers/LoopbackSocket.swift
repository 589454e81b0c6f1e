import Foundation

/// The few socket calls that the proxy needs, on 127.0.0.1.
public enum LoopbackSocket {
  static func listen() throws -> (descriptor: Int32, port: Int) {
    let descriptor = stream()
    var address = loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withAddress(&address) { address in
      bind(descriptor, address, length) == 0 && Foundation.listen(descriptor, 64) == 0
        && getsockname(descriptor, address, &length) == 0
    }
    guard descriptor >= 0, bound else { throw ServerFailure("no port to listen on") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  static func connect(to port: Int) -> Int32? {
    let descriptor = stream()
    var address = loopback(port: port)
    let connected = withAddress(&address) {
      Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
    if connected { return descriptor }
    close(descriptor)
    return nil
  }

  /// Programs that are started meanwhile do not inherit it: they would keep it open when we reset it.
  static func accept(_ listener: Int32) -> Int32 {
    let descriptor = Foundation.accept(listener, nil, nil)
    if descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    return descriptor
  }

  /// A port on which nobody listens: it was free a moment ago.
  public static func unusedPort() throws -> Int {
    let (descriptor, port) = try listen()
    close(descriptor)
    return port
  }

  /// Waits until one of the descriptors can be read, and says which can.
  static func readable(_ descriptors: [Int32]) -> [Bool]? {
    var waiting = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&waiting, nfds_t(waiting.count), -1) < 0 {
      if errno != EINTR { return nil }
    }
    return waiting.map { $0.revents != 0 }
  }

  /// Nothing at the end of the stream.
  static func read(_ descriptor: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    let count = Foundation.read(descriptor, &buffer, buffer.count)
    return count > 0 ? Array(buffer.prefix(count)) : nil
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Closes with RST, as a router that forgot the connection does.
  static func reset(_ descriptor: Int32) {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }

  private static func stream() -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    return descriptor
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func withAddress<Result>(
    _ address: inout sockaddr_in, _ use: (UnsafeMutablePointer<sockaddr>) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1, use)
    }
  }
}

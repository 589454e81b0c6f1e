#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// `inet` and `cidr` (network.c, `network_send`): family (2 for IPv4, 3 for IPv6), bits of the mask, 1 for a `cidr`, the
/// number of bytes, and those.
///
/// The flag decides how a single host is written, with its prefix or without; PostgreSQL ignores it when it reads, and
/// goes by the column's type. So it is 0 in what we make.
enum NetworkText {
  static func append(_ binary: UnsafeRawBufferPointer, to sink: inout ByteSink) -> Bool {
    guard binary.count > 4, binary[0] == 2 || binary[0] == 3 else { return false }
    let length = binary[0] == 2 ? 4 : 16
    guard binary.count == 4 + length, Int(binary[3]) == length else { return false }
    let written = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer -> Bool in
      let family = length == 4 ? AF_INET : AF_INET6
      guard let start = buffer.baseAddress, let address = binary.baseAddress,
        inet_ntop(family, address + 4, start, 64) != nil
      else { return false }
      sink.append(UnsafeRawBufferPointer(start: start, count: strlen(start)))
      return true
    }
    guard written else { return false }
    let isCIDR = binary[2] == 1
    guard isCIDR || Int(binary[1]) != length * 8 else { return true }
    sink.append(UInt8(ascii: "/"))
    sink.append(signed: Int(binary[1]))
    return true
  }

  static func appendBinary(of text: UnsafeRawBufferPointer, to sink: inout ByteSink) -> Bool {
    let slash = text.firstIndex(of: UInt8(ascii: "/")) ?? text.count
    let isIPv6 = text.contains(UInt8(ascii: ":"))
    let length = isIPv6 ? 16 : 4
    var bits = Int64(length * 8)
    if slash < text.count {
      guard let read = UnsafeRawBufferPointer(rebasing: text[(slash + 1)...]).decimal, (0...bits).contains(read) else {
        return false
      }
      bits = read
    }
    guard slash < 64 else { return false }
    return withUnsafeTemporaryAllocation(byteCount: 96, alignment: 8) { buffer in
      guard let start = buffer.baseAddress, let address = text.baseAddress else { return false }
      memcpy(start, address, slash)
      buffer[slash] = 0
      let read = inet_pton(isIPv6 ? AF_INET6 : AF_INET, start.assumingMemoryBound(to: CChar.self), start + 72)
      guard read == 1 else { return false }
      sink.append(isIPv6 ? 3 : 2)
      sink.append(UInt8(truncatingIfNeeded: bits))
      sink.append(0)
      sink.append(UInt8(truncatingIfNeeded: length))
      sink.append(UnsafeRawBufferPointer(start: start + 72, count: length))
      return true
    }
  }
}

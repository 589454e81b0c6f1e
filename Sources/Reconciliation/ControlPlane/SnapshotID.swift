/// The name of a snapshot for ever: a UUID of version 7 (RFC 9562, section 5.7), so that sorting by it is sorting by time.
///
/// "0" and "latest" move with the next snapshot; this does not.
public struct SnapshotID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 36 characters, lower case: `019aa6c1-3b7e-7c2a-9d10-5b1f0c3e9a44`.
  public let description: String

  /// `moment` is the store's, so that ids of many machines are in order; of `random`, 74 bits are used.
  public init(at moment: Timestamp, random: (UInt64, UInt64)) {
    let time = UInt64(clamping: moment.milliseconds) & 0xFFFF_FFFF_FFFF
    let high = time << 16 | 0x7000 | random.0 & 0x0FFF
    let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
    description = Self.dashed(Array(digits.utf8))
  }

  /// With the system's generator of random numbers.
  public init(at moment: Timestamp) {
    self.init(at: moment, random: (.random(in: .min ... .max), .random(in: .min ... .max)))
  }

  /// Reads exactly what `description` writes.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36, Self.dashes.allSatisfy({ bytes[$0] == UInt8(ascii: "-") }), bytes[14] == UInt8(ascii: "7")
    else { return nil }
    let digits = bytes.indices.filter { !Self.dashes.contains($0) }.map { bytes[$0] }
    let isHexadecimal = digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    guard isHexadecimal else { return nil }
    description = text
  }

  /// When it was made, by the clock that it was made with.
  public var moment: Timestamp {
    let digits = description.utf8.prefix(13).filter { $0 != UInt8(ascii: "-") }
    return Timestamp(milliseconds: Int(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0)
  }

  public static func < (left: SnapshotID, right: SnapshotID) -> Bool { left.description < right.description }

  private static let dashes = [8, 13, 18, 23]

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func dashed(_ digits: [UInt8]) -> String {
    var bytes: [UInt8] = []
    for digit in digits {
      if dashes.contains(bytes.count) { bytes.append(UInt8(ascii: "-")) }
      bytes.append(digit)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

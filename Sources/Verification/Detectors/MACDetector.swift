public import Masking

/// The address of a network card (IEEE 802): six groups of two hexadecimal digits, or three of four.
public struct MACDetector: Detector {
  public init() {}

  public let kind = "mac"
  public let title = "a MAC address"
  public let formWeight = 0.75
  public let words = ColumnWords(strong: ["mac", "mac address", "macaddr", "hardware address", "bssid"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count == 17 || value.count == 14 else { return .none }
    let (group, mark) = value.count == 17 ? (2, value[2]) : (4, UInt8(ascii: "."))
    guard mark == UInt8(ascii: ":") || mark == UInt8(ascii: "-") || value.count == 14 else { return .none }
    var or: UInt8 = 0
    var isAllOnes = true
    for index in 0..<value.count {
      let byte = value[index]
      if index % (group + 1) == group {
        guard byte == mark else { return .none }
        continue
      }
      guard byte.isHexadecimal else { return .none }
      or |= byte ^ 0x30
      isAllOnes = isAllOnes && byte | 0x20 == UInt8(ascii: "f")
    }
    // All zeros, and the address of everybody; 00:00:5E:00:53 is for documentation (RFC 7042, section 2.1.2).
    if or == 0 || isAllOnes { return .published }
    return value.count == 17 && isDocumented(value) ? .published : .form
  }

  private func isDocumented(_ value: UnsafeRawBufferPointer) -> Bool {
    value[0] == 0x30 && value[1] == 0x30 && value[3] == 0x30 && value[4] == 0x30 && value[6] == 0x35
      && value[7] | 0x20 == UInt8(ascii: "e") && value[9] == 0x30 && value[10] == 0x30 && value[12] == 0x35
      && value[13] == 0x33
  }

  public func serves(_ family: ColumnType.Family) -> Bool { family == .text || family == .macAddress }
}

import Masking

/// Values that everybody may print, and the masks of the format that this tool reads: they have the form of personal
/// data and are about nobody.
///
/// Sources: RFC 2606 and RFC 6761 (names), RFC 5737 and RFC 3849 (addresses), the numbering plan's 555-0100 to 555-0199,
/// and the test cards of the card networks' processors.
enum PublishedValues {
  // MARK: Mail

  private static let domains: [StaticString] = ["example.com", "example.org", "example.net"]
  private static let tops: [StaticString] = [".invalid", ".test", ".example", ".local", ".localhost"]

  static func isMail(_ value: UnsafeRawBufferPointer, at: Int) -> Bool {
    isDomain(value.part(at + 1, value.count)) || isMaskedUser(value.part(0, at))
  }

  static func isDomain(_ domain: UnsafeRawBufferPointer) -> Bool {
    for name in domains where domain.ends(with: name) {
      let before = domain.count - name.utf8CodeUnitCount - 1
      if before < 0 || domain[before] == UInt8(ascii: ".") { return true }
    }
    for top in tops where domain.ends(with: top) { return true }
    return false
  }

  /// `user_` and at least eight hexadecimal digits: what the strategy `email` leaves before a domain that is kept.
  private static func isMaskedUser(_ local: UnsafeRawBufferPointer) -> Bool {
    guard local.count >= 13, local.starts(withText: "user_") else { return false }
    return local.isHexadecimal(from: 5, count: local.count - 5)
  }

  // MARK: Telephone

  /// 555-01xx, and numbers that no exchange has: area 555, or an exchange that begins with 0 or 1, as when the last
  /// seven digits were made zeros.
  static func isPhone(_ shape: inout PhoneShape) -> Bool {
    if isZeroed(shape) { return true }
    guard let start = shape.northAmerican else { return false }
    let exchange = shape.digit(start + 3) * 100 + shape.digit(start + 4) * 10 + shape.digit(start + 5)
    let area = shape.digit(start) * 100 + shape.digit(start + 1) * 10 + shape.digit(start + 2)
    if area == 555 || exchange < 200 { return true }
    return exchange == 555 && shape.digit(start + 6) == 0 && shape.digit(start + 7) == 1
  }

  /// Six zeros or more at the end.
  private static func isZeroed(_ shape: PhoneShape) -> Bool { shape.packed & 0xFF_FFFF == 0 }

  // MARK: Cards

  /// Four bits for each digit.
  static let cards: Set<UInt128> = [
    0x4111_1111_1111_1111, 0x4242_4242_4242_4242, 0x4012_8888_8888_1881, 0x4_2222_2222_2222, 0x5555_5555_5555_4444,
    0x5105_1051_0510_5100, 0x378_2822_4631_0005, 0x371_4496_3539_8431, 0x378_7344_9367_1000, 0x6011_1111_1111_1117,
    0x6011_0009_9013_9424, 0x30_5693_0902_5904, 0x38_5200_0002_3237, 0x3530_1113_3330_0000, 0x3566_0020_2036_0505,
    0x4000_0566_5566_5556, 0x5200_8282_8282_8210, 0x2223_0031_2200_3222, 0x6200_0000_0000_0005, 0x5555_3412_4444_1115,
    0x4917_6100_0000_0000, 0x4000_0000_0000_0002, 0x2223_0000_4841_0010, 0x6555_9000_0060_4105, 0x36_2272_0627_1667,
  ]

  // MARK: IBAN

  /// Printed in the registry and in every manual.
  static let ibans: [StaticString] = [
    "GB82WEST12345698765432", "GB29NWBK60161331926819", "DE89370400440532013000", "FR1420041010050500013M02606",
    "NL91ABNA0417164300", "ES9121000418450200051332", "IT60X0542811101000000123456", "BE68539007547034",
    "CH9300762011623852957", "AT611904300234573201", "PL61109010140000071219812874", "SE4550000000058398257466",
  ]

  // MARK: Addresses of the network

  static func isNetwork(_ address: IPAddress) -> Bool {
    switch address.family {
    case .four: isFour(UInt32(truncatingIfNeeded: address.bits))
    case .six:
      address.bits <= 1 || address.bits >> 96 == 0x2001_0DB8 || address.bits >> 118 == 0x3FA
        || address.bits >> 121 == 0x7E || address.bits >> 120 == 0xFF
    }
  }

  /// This host, loopback, documentation, multicast; and the networks that everybody has (RFC 1918, RFC 3927).
  private static func isFour(_ bits: UInt32) -> Bool {
    switch bits >> 24 {
    case 0, 10, 127, 224...255: return true
    default: break
    }
    switch bits >> 8 {
    case 0xC0_00_02, 0xC6_33_64, 0xCB_00_71: return true
    default: return bits >> 16 == 0xC0A8 || bits >> 16 == 0xA9FE || bits >> 20 == 0xAC1
    }
  }

  // MARK: Days

  static let days: [StaticString] = ["1990-01-01", "1970-01-01", "1900-01-01", "0001-01-01", "2000-01-01"]

  // MARK: Masks

  /// `[REDACTED]`, `[REDACTED ADDRESS]`, `[REDACTED], San Francisco, CA 94102`, `User-A1B2C3D4`, `J-User-A1B2C3`, and
  /// what has no letter or digit in it, such as `***-**-****`.
  static func isMask(_ value: UnsafeRawBufferPointer) -> Bool {
    if value.starts(withText: "[REDACTED") { return true }
    if value.count > 3, value[1] == UInt8(ascii: "-"), value[0].isLetter, isMaskedName(value.part(2, value.count)) {
      return true
    }
    if isMaskedName(value) { return true }
    for byte in value where byte.isAlphanumeric || byte >= 0x80 { return false }
    return true
  }

  private static func isMaskedName(_ value: UnsafeRawBufferPointer) -> Bool {
    value.count >= 11 && value.starts(withText: "User-")
      && value.isHexadecimal(from: 5, count: value.count - 5, upperCase: true)
  }
}

extension UnsafeRawBufferPointer {
  func starts(withText text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount && part(0, text.utf8CodeUnitCount).isExactly(text)
  }

  func starts(withText text: StaticString, at place: Int) -> Bool {
    place >= 0 && place + text.utf8CodeUnitCount <= count
      && part(place, place + text.utf8CodeUnitCount).isExactly(text)
  }

  /// Without regard to the case of ASCII letters; the text is lower case.
  func ends(with text: StaticString) -> Bool {
    let start = count - text.utf8CodeUnitCount
    guard start >= 0 else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[start + index].lowercased != text.utf8Start[index] {
      return false
    }
    return true
  }
}

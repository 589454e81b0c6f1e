import Masking

/// The numéro d'inscription au répertoire of France (INSEE): sex, year, month, department, commune, order, and 97 less
/// the remainder by 97. In Corsica the department is 2A or 2B, which count as 19 and 18.
public struct NIRDetector: NationalNumber {
  public init() {}

  public let kind = "fr_nir"
  public let title = "a French NIR"
  public let words = ColumnWords(
    strong: ["nir", "insee", "numero securite sociale", "securite sociale", "numero secu", "num secu", "nss"],
    weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (15...21).contains(value.count) else { return .none }
    var (number, digits, check, month, first) = (0, 0, 0, 0, 0)
    for byte in value {
      if byte == 0x20 { continue }
      guard digits < 15 else { return .none }
      var digit = Int(byte &- 0x30)
      if digits == 6, byte | 0x20 == UInt8(ascii: "a") || byte | 0x20 == UInt8(ascii: "b"), number % 10 == 2 {
        number -= 1
        digit = byte | 0x20 == UInt8(ascii: "a") ? 9 : 8
      } else if !byte.isDigit {
        return .none
      }
      if digits == 0 { first = digit }
      if digits == 3 || digits == 4 { month = month * 10 + digit }
      if digits < 13 { number = number * 10 + digit } else { check = check * 10 + digit }
      digits += 1
    }
    guard digits == 15, [1, 2, 3, 4, 7, 8].contains(first),
      (1...12).contains(month) || (20...42).contains(month) || month >= 50
    else { return .none }
    return 97 - number % 97 == check ? .checked : .none
  }
}

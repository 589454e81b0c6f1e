public import Masking

/// The documento nacional de identidad of Spain, and the número de identidad de extranjero: the letter is the remainder
/// by 23, with X, Y, Z in front as 0, 1, 2.
public struct DNIDetector: NationalNumber {
  public init() {}

  public let kind = "es_dni"
  public let title = "a Spanish DNI or NIE"
  public let words = ColumnWords(strong: ["dni", "nie", "nif", "documento identidad"], weak: general)

  private static let letters: StaticString = "TRWAGMYFPDXBNJZSQVHLCKE"

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (9...11).contains(value.count), let last = value.last, last.isLetter else { return .none }
    var (number, digits) = (0, 0)
    for index in 0..<value.count - 1 {
      let byte = value[index]
      if byte == UInt8(ascii: "-") || byte == 0x20, index > 0 { continue }
      if index == 0, (byte | 0x20) &- UInt8(ascii: "x") < 3 {
        digits = 1
        number = Int((byte | 0x20) &- UInt8(ascii: "x"))
        continue
      }
      guard byte.isDigit else { return .none }
      (number, digits) = (number * 10 + Int(byte &- 0x30), digits + 1)
    }
    guard digits == 8, number > 0 else { return .none }
    guard Self.letters.utf8Start[number % 23] == last & 0xDF else { return .none }
    return number == 12_345_678 ? .published : .checked
  }

  public func serves(_ family: ColumnType.Family) -> Bool { family == .text }
}

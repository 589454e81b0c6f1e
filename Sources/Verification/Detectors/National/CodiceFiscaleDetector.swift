public import Masking

/// The codice fiscale of Italy: sixteen characters, of which the last is a sum over the others (D.M. 23/12/1976). Where
/// two people would have one code, digits are letters of LMNPQRSTUV.
public struct CodiceFiscaleDetector: NationalNumber {
  public init() {}

  public let kind = "it_codice_fiscale"
  public let title = "an Italian codice fiscale"
  public let words = ColumnWords(
    strong: ["codice fiscale", "codicefiscale", "cod fiscale", "cod fisc"], weak: general + ["cf"])

  /// What a character counts at an odd place, from 0 to 9 and from A to Z; digits count like the first ten letters.
  private static let odd: [UInt8] = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
  ]

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count == 16, value[15].isLetter else { return .none }
    var sum = 0
    for index in 0..<15 {
      let byte = value[index].isLower ? value[index] & 0xDF : value[index]
      guard isRight(byte, at: index) else { return .none }
      let ordinal = Int(byte.isDigit ? byte &- 0x30 : byte &- 0x41)
      sum += index % 2 == 0 ? Int(Self.odd[ordinal]) : ordinal
    }
    return sum % 26 == Int((value[15] & 0xDF) &- 0x41) ? .checked : .none
  }

  private func isRight(_ byte: UInt8, at index: Int) -> Bool {
    switch index {
    case 0...5, 11: byte.isUpper
    case 8: isOne(byte, of: "ABCDEHLMPRST")
    default: byte.isDigit || isOne(byte, of: "LMNPQRSTUV")
    }
  }

  private func isOne(_ byte: UInt8, of letters: StaticString) -> Bool {
    for index in 0..<letters.utf8CodeUnitCount where letters.utf8Start[index] == byte { return true }
    return false
  }

  public func serves(_ family: ColumnType.Family) -> Bool { family == .text }
}

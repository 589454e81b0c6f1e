import Masking

/// The cadastro de pessoas físicas of Brazil: nine digits and two checks modulo eleven.
public struct CPFDetector: NationalNumber {
  public init() {}

  public let kind = "br_cpf"
  public let title = "a Brazilian CPF"
  public let words = ColumnWords(strong: ["cpf", "cadastro pessoa fisica"], weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (11...14).contains(value.count), let digits = DigitString(value, separators: ".-"), digits.count == 11,
      !digits.isOneDigit, check(digits, 9) == digits[9], check(digits, 10) == digits[10]
    else { return .none }
    return digits.packed == 0x111_444_777_35 || digits.packed == 0x123_456_789_09 ? .published : .checked
  }

  /// Weights fall from one more than the digits before it to 2.
  private func check(_ digits: DigitString, _ place: Int) -> Int {
    var sum = 0
    for index in 0..<place { sum += digits[index] * (place + 1 - index) }
    return sum % 11 < 2 ? 0 : 11 - sum % 11
  }
}

import Masking

/// The Aadhaar of India: twelve digits, the first from 2 on, the last by Verhoeff's scheme over the dihedral group D5.
public struct AadhaarDetector: NationalNumber {
  public init() {}

  public let kind = "in_aadhaar"
  public let title = "an Indian Aadhaar"
  public let words = ColumnWords(strong: ["aadhaar", "aadhar", "uidai"], weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (12...14).contains(value.count), let digits = DigitString(value, separators: " -"), digits.count == 12,
      digits[0] > 1, !digits.isOneDigit
    else { return .none }
    var check = 0
    for index in 0..<12 { check = Self.product(check, Self.permuted(digits[11 - index], index)) }
    return check == 0 ? .checked : .none
  }

  /// In D5: rotations are 0 to 4, reflections 5 to 9.
  private static func product(_ left: Int, _ right: Int) -> Int {
    switch (left < 5, right < 5) {
    case (true, true): (left + right) % 5
    case (true, false): 5 + (left + right - 5) % 5
    case (false, true): 5 + (left - right) % 5
    case (false, false): (left - right + 5) % 5
    }
  }

  private static let permutation: [UInt8] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

  private static func permuted(_ digit: Int, _ times: Int) -> Int {
    var digit = digit
    for _ in 0..<times % 8 { digit = Int(permutation[digit]) }
    return digit
  }
}

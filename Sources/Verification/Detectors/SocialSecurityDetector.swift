public import Masking

/// A social security number of the United States. It has no check digit; areas, groups and serials that are never given
/// out are refused (SSA, "Social Security Number Randomization"). Nine bare digits are weak.
public struct SocialSecurityDetector: Detector {
  public init() {}

  public let kind = "us_ssn"
  public let title = "a social security number"
  public let formWeight = 0.9
  public let words = ColumnWords(
    strong: ["ssn", "social security", "social security number", "socialsecuritynumber", "ssnumber", "itin"],
    weak: ["tax id", "tin", "national id", "personal number"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count == 9 || value.count == 11, let digits = DigitString(value, separators: "- "), digits.count == 9
    else { return .none }
    let isGrouped = digits.separators == 2 && !value[3].isDigit && value[3] == value[6]
    guard isGrouped || digits.separators == 0 else { return .none }
    let (area, group, serial) = (digits.number(0, 3), digits.number(3, 5), digits.number(5, 9))
    guard area != 0, area != 666, area < 900, group != 0, serial != 0 else { return .none }
    // In an advertisement, and in a leaflet of the administration itself.
    if digits.packed == 0x078_05_1120 || digits.packed == 0x219_09_9999 { return .published }
    return isGrouped ? .form : .weak
  }

  public func serves(_ family: ColumnType.Family) -> Bool { family.holdsDigits }
}

import Masking

/// A number that a state gives to a person: told by its check, and by the names that its country has for it.
protocol NationalNumber: Detector {}

extension NationalNumber {
  /// Its digits are in no column of text alone: many keep them as numbers.
  public func serves(_ family: ColumnType.Family) -> Bool { family.holdsDigits }

  static var general: [String] {
    ["national id", "nationalid", "personal id", "tax id", "tax number", "identity number", "id number", "tin"]
  }
}

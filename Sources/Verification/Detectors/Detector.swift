public import Masking

/// What a detector says of one value, from nothing to certain.
public enum ValueMatch: UInt8, Sendable, Comparable {
  case none
  /// Printed in manuals, or left by a mask: it has the form and is about nobody.
  case published
  /// Much else looks like it, such as bare digits; it counts only where the column's name speaks for it.
  case weak
  /// It has the form, and little else has.
  case form
  /// It has the form, and its check digits are right.
  case checked

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Knows one kind of personal data: by the bytes of a value, and by what people call columns of it.
///
/// A value is looked at in one pass from left to right, without a String or another allocation, whatever bytes it is
/// made of. Blanks around it are gone already.
public protocol Detector: Sendable {
  /// `email`, `nl_bsn`: for reports and configuration.
  var kind: String { get }
  /// "an e-mail", as in "looks like an e-mail".
  var title: String { get }
  var words: ColumnWords { get }
  /// Values of this kind are told by their form, so that a column of other values is not of it, whatever its name.
  var isToldByForm: Bool { get }
  /// What a match of the form alone is worth for a column of which all values have it, from 0 to 1.
  var formWeight: Double { get }

  func match(_ value: UnsafeRawBufferPointer) -> ValueMatch
  /// Column types that can hold it.
  func serves(_ family: ColumnType.Family) -> Bool
}

extension Detector {
  public var isToldByForm: Bool { true }
  public var formWeight: Double { 0.9 }

  public func serves(_ family: ColumnType.Family) -> Bool { family == .text }
}

extension [any Detector] {
  /// All that are built in, in the order in which they are asked: of equal scores the first one names the column.
  public static var builtIn: [any Detector] {
    [
      EmailDetector(), URLUserDetector(), TokenDetector(), IBANDetector(), CardDetector(), SocialSecurityDetector(),
      IPDetector(), MACDetector(),
    ] + nationalNumbers + [PhoneDetector(), AddressDetector(), NameDetector(), BirthDateDetector()]
  }

  /// The numbers that states give to people, each with its own check.
  public static var nationalNumbers: [any Detector] {
    [
      CodiceFiscaleDetector(), HETUDetector(), DNIDetector(), NIRDetector(), PersonnummerDetector(),
      FodselsnummerDetector(), PESELDetector(), BelgianNumberDetector(), CPFDetector(), SteuerIDDetector(),
      AadhaarDetector(), NHSNumberDetector(), BSNDetector(), SINDetector(),
    ]
  }
}

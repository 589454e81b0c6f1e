public import Masking

/// A payment card: issuer prefix, length and Luhn sum (ISO/IEC 7812-1).
public struct CardDetector: Detector {
  public init() {}

  public let kind = "card"
  public let title = "a payment card"
  public let words = ColumnWords(
    strong: [
      "card number", "cardnumber", "credit card", "creditcard", "debit card", "pan", "cc number", "ccnumber",
      "kreditkarte", "kartennummer", "carte bancaire", "numero tarjeta", "tarjeta", "carta di credito", "cartao",
      "payment card", "kaartnummer",
    ], weak: ["card", "cc", "carte", "karte", "carta"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (13...23).contains(value.count), let digits = DigitString(value, separators: " -") else { return .none }
    guard Self.isIssued(digits), Luhn.holds(digits.packed) else { return .none }
    return PublishedValues.cards.contains(digits.packed) ? .published : .checked
  }

  /// Visa, Mastercard, American Express, Discover, JCB, Diners Club, Maestro, UnionPay.
  static func isIssued(_ digits: DigitString) -> Bool {
    guard (13...19).contains(digits.count) else { return false }
    let (two, four) = (digits.number(0, 2), digits.number(0, 4))
    switch digits.count {
    case 13: return two / 10 == 4
    case 14: return two == 36 || two == 38 || two == 39 || (3000...3059).contains(four)
    case 15: return two == 34 || two == 37
    case 16:
      return two / 10 == 4 || (51...55).contains(two) || (2221...2720).contains(four) || four == 6011 || two == 65
        || (644...649).contains(four / 10) || (3528...3589).contains(four) || two == 62 || two == 50
    case 17, 18, 19: return two == 62 || two == 50 || (56...58).contains(two) || (two / 10 == 4 && digits.count == 19)
    default: return false
    }
  }

  public func serves(_ family: ColumnType.Family) -> Bool { family.holdsDigits }
}

extension ColumnType.Family {
  /// Text, or numbers that are wide enough for those of people.
  var holdsDigits: Bool {
    switch self {
    case .text, .numeric, .integer(bytes: 8), .integer(bytes: 4): true
    default: false
    }
  }
}

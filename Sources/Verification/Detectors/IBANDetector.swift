import Masking

/// An account number by ISO 13616: country, length of that country, and the remainder by 97.
public struct IBANDetector: Detector {
  public init() {}

  public let kind = "iban"
  public let title = "an IBAN"
  public let words = ColumnWords(
    strong: [
      "iban", "bank account", "bankaccount", "account number", "kontonummer", "bankverbindung", "compte bancaire",
      "cuenta bancaria", "conto corrente", "rekeningnummer", "konto bankowe",
    ],
    weak: ["account", "konto", "compte", "cuenta", "conto", "rekening"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (15...42).contains(value.count), let found = IBAN.range(in: value, at: 0), found == 0..<value.count else {
      return .none
    }
    var compact = 0
    for byte in value where byte != 0x20 { compact += 1 }
    guard Self.length(value[0] & 0xDF, value[1] & 0xDF) == compact else { return .none }
    return Self.isPublished(value, compact) ? .published : .checked
  }

  private static func isPublished(_ value: UnsafeRawBufferPointer, _ count: Int) -> Bool {
    for known in PublishedValues.ibans where known.utf8CodeUnitCount == count {
      var (index, isSame) = (0, true)
      for byte in value where byte != 0x20 {
        let upper = byte.isLower ? byte & 0xDF : byte
        isSame = isSame && index < count && known.utf8Start[index] == upper
        index += 1
      }
      if isSame { return true }
    }
    return false
  }

  /// Of the SWIFT IBAN registry: two letters of the country, two digits of the length.
  private static let registry: StaticString =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30"

  static func length(_ first: UInt8, _ second: UInt8) -> Int? {
    for place in stride(from: 0, to: registry.utf8CodeUnitCount, by: 4) {
      let entry = registry.utf8Start + place
      if entry[0] == first, entry[1] == second { return Int(entry[2] &- 0x30) * 10 + Int(entry[3] &- 0x30) }
    }
    return nil
  }
}

import Masking

/// A telephone number (ITU-T E.164) as people write it.
///
/// Bare digits are weak: order numbers look alike. With a plus, or grouped as people group them, it is one.
public struct PhoneDetector: Detector {
  private let scanner = PersonalDataScanner([.phone])

  public init() {}

  public let kind = "phone"
  public let title = "a telephone number"
  public let formWeight = 0.85
  public let words = ColumnWords(
    strong: [
      "phone", "telephone", "phones", "mobile", "cellphone", "telefon", "telefonnummer", "handy", "handynummer",
      "rufnummer", "telefono", "movil", "celular", "cellulare", "portable", "gsm", "telefoon", "mobiel", "puhelin",
      "mobil", "msisdn", "whatsapp", "fax", "komorka",
    ], weak: ["tel", "cell", "contact", "sms", "caller", "callee"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (7...32).contains(value.count), let first = value.first, let found = scanner.first(in: value),
      found == 0..<value.count
    else { return .none }
    var shape = PhoneShape(value)
    guard (7...15).contains(shape.digits) else { return .none }
    if PublishedValues.isPhone(&shape) { return .published }
    if first == UInt8(ascii: "+") { return shape.hasCountry ? .form : .weak }
    return shape.isGrouped ? .form : .weak
  }
}

/// How the digits of a number stand.
struct PhoneShape {
  private(set) var digits = 0
  private(set) var packed: UInt64 = 0
  private(set) var groups = 0
  private var lengths: UInt64 = 0
  private let hasPlus: Bool
  private var hasBracket = false
  private var hasDot = false

  init(_ value: UnsafeRawBufferPointer) {
    hasPlus = value.first == UInt8(ascii: "+")
    var run: UInt64 = 0
    for byte in value {
      if byte.isDigit {
        (digits, run) = (digits + 1, run + 1)
        packed = packed << 4 | UInt64(byte &- 0x30)
        continue
      }
      if byte == UInt8(ascii: "(") { hasBracket = true }
      if byte == UInt8(ascii: ".") { hasDot = true }
      if run > 0 { (lengths, groups, run) = (lengths << 4 | min(run, 15), groups + 1, 0) }
    }
    if run > 0 { (lengths, groups) = (lengths << 4 | min(run, 15), groups + 1) }
  }

  /// From the left.
  func digit(_ index: Int) -> Int { Int(truncatingIfNeeded: packed >> UInt64(4 * (digits - 1 - index))) & 15 }

  /// No country code begins with 0, and a number with one has eight digits at least.
  var hasCountry: Bool { digits >= 8 && digit(0) != 0 }

  /// Where the ten digits of the North American plan begin; nothing where it is not one of its numbers.
  var northAmerican: Int? {
    // Eleven digits with a decimal point are an amount.
    if digits == 11, digit(0) == 1, hasPlus || lengths == 0x1334 || lengths == 0x1037 { return 1 }
    // A trunk zero belongs to another plan.
    let isGroupedSo = digits == 10 && (lengths == 0x334 || lengths == 0x37) && digit(0) > 0
    return isGroupedSo && !hasPlus ? 0 : nil
  }

  /// 3-3-4 with an area and an exchange that exist, or a trunk zero with groups that are no decimals.
  var isGrouped: Bool {
    guard groups > 1 else { return false }
    if let start = northAmerican { return digit(start) > 1 && digit(start + 3) > 1 }
    guard digit(0) == 0, (8...12).contains(digits), lengths >> UInt64(4 * (groups - 1)) > 1 || hasBracket else {
      return false
    }
    return !hasDot || groups > 3
  }
}

/// `phone`: the last digits become zeros, seven where `redact_digits` says nothing.
///
/// A number of more than 15 digits is none (ITU-T E.164, section 6) and becomes zeros whole. What is neither a digit
/// nor a sign that telephone numbers are written with becomes `*`, one for each character; digits behind such a
/// character, as in an extension, become zeros and do not count.
///
/// `format` decides how the digits that are there are grouped. None is dropped or made up, because where a country
/// code ends is not to be known from the digits alone.
/// - Without it, and `national`: as the value has them, `+1-555-000-0000`.
/// - `international`: in groups with one space between, `+1 555 000 0000`.
/// - `e164`: without anything between, `+15550000000`.
struct PhoneMask: Mask {
  private enum Format: String { case national, international, e164 }

  private static let mostDigits = 15

  private let redacted: Int
  private let format: Format
  let traits = MaskTraits(uniqueness: .lossy)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    redacted = order.integer("redact_digits") ?? 7
    try order.require((1...Self.mostDigits).contains(redacted), "`redact_digits` is a number from 1 to 15")
    format = order.text("format").flatMap(Format.init) ?? .national
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let kept = keptDigits(of: value)
    var reading = PhoneReading()
    var hasGap = false
    for byte in value {
      switch reading.read(byte) {
      case .digit:
        if hasGap, format == .international, reading.digits > 1 { sink.append(UInt8(ascii: " ")) }
        hasGap = false
        sink.append(!reading.isForeign && reading.digits <= kept ? byte : 0x30)
      case .plus: sink.append(byte)
      case .separator:
        if format == .national { sink.append(byte) }
        hasGap = true
      case .foreign: sink.append(UInt8(ascii: "*"))
      case .continuation: break
      }
    }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    let kept = keptDigits(of: value)
    var reading = PhoneReading()
    for index in 0..<value.count {
      let byte = value[index]
      switch reading.read(byte) {
      case .digit: guard byte == 0x30 || (!reading.isForeign && reading.digits <= kept) else { return false }
      case .plus: continue
      case .separator: guard separates(byte, at: index, of: value) else { return false }
      case .foreign: guard byte == UInt8(ascii: "*") else { return false }
      case .continuation: return false
      }
    }
    return true
  }

  /// How many digits at the beginning stay: those that count, without the last ones.
  private func keptDigits(of value: UnsafeRawBufferPointer) -> Int {
    var reading = PhoneReading()
    for byte in value {
      _ = reading.read(byte)
      if reading.isForeign { break }
    }
    return reading.digits > Self.mostDigits ? 0 : max(0, reading.digits - redacted)
  }

  /// Whether the format has this sign between digits.
  private func separates(_ byte: UInt8, at index: Int, of value: UnsafeRawBufferPointer) -> Bool {
    switch format {
    case .national: true
    case .e164: false
    case .international: byte == 0x20 && index + 1 < value.count && value[index + 1].isDigit
    }
  }
}

/// Goes over a number byte by byte.
private struct PhoneReading {
  enum Sign { case digit, plus, separator, foreign, continuation }

  /// Digits so far.
  private(set) var digits = 0
  /// Something that numbers are not written with was seen.
  private(set) var isForeign = false
  private var hasPlus = false

  mutating func read(_ byte: UInt8) -> Sign {
    switch byte {
    case let digit where digit.isDigit:
      digits += 1
      return .digit
    case UInt8(ascii: "+") where digits == 0 && !hasPlus:
      hasPlus = true
      return .plus
    // The space and ( ) - . /
    case 0x20, 0x28, 0x29, 0x2D, 0x2E, 0x2F: return .separator
    case let rest where rest.isContinuation:
      isForeign = true
      return .continuation
    default:
      isForeign = true
      return .foreign
    }
  }
}

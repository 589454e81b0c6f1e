/// A number in PostgreSQL's text form: `-12.50`, or with floats `1.5e+300`. Digits are worked on as they stand, so that
/// nothing is rounded on the way, whatever their number.
struct DecimalText {
  let isNegative: Bool
  /// The digits and the point between them.
  private let body: UnsafeRawBufferPointer
  /// `e+300`, or empty.
  let exponentText: UnsafeRawBufferPointer
  let exponent: Int
  /// Digits before the point, as written.
  let wholeDigits: Int
  /// Digits in all.
  let digitCount: Int

  /// Digits behind the point.
  var decimals: Int { digitCount - wholeDigits }

  init?(_ text: UnsafeRawBufferPointer) {
    guard let first = text.first else { return nil }
    isNegative = first == UInt8(ascii: "-")
    let unsigned = text.part(isNegative ? 1 : 0, text.count)
    let end = unsigned.firstIndex { $0 | 0x20 == 0x65 } ?? unsigned.count
    body = unsigned.part(0, end)
    exponentText = unsigned.part(end, unsigned.count)
    guard let exponent = Self.exponent(exponentText) else { return nil }
    self.exponent = exponent
    let point = body.firstIndex(of: UInt8(ascii: ".")) ?? body.count
    (wholeDigits, digitCount) = (point, point == body.count ? point : body.count - 1)
    guard digitCount > 0 else { return nil }
    for index in 0..<body.count where index != point { guard body[index].isDigit else { return nil } }
  }

  /// The digit at a place among all of them, from the left: 0…9.
  @inline(__always)
  func digit(_ place: Int) -> UInt8 { body[place < wholeDigits ? place : place + 1] &- 0x30 }

  /// No float has an exponent of more than three digits.
  private static func exponent(_ text: UnsafeRawBufferPointer) -> Int? {
    if text.isEmpty { return 0 }
    guard (2...5).contains(text.count) else { return nil }
    let isSigned = text[1] == 0x2B || text[1] == 0x2D
    var value = 0
    let digits = text.part(isSigned ? 2 : 1, text.count)
    guard !digits.isEmpty, digits.count <= 3, digits.allSatisfy(\.isDigit) else { return nil }
    for digit in digits { value = value * 10 + Int(digit &- 0x30) }
    return text[1] == 0x2D ? -value : value
  }

  /// Hands out the number times ten to the power of `decimals`, cut off behind its last whole digit and without its
  /// sign, as digits (0…9) that have room in front for carrying; and whether something but zeros was cut off.
  func withDigits<Result>(
    decimals: Int, _ use: (UnsafeMutableBufferPointer<UInt8>, Bool) -> Result
  ) -> Result {
    let room = 20
    let wanted = max(0, wholeDigits + exponent + decimals)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room + wanted) { digits in
      for index in digits.indices { digits[index] = 0 }
      for place in 0..<min(wanted, digitCount) { digits[room + place] = digit(place) }
      let hasRest = wanted < digitCount && (wanted..<digitCount).contains { digit($0) != 0 }
      return use(digits, hasRest)
    }
  }

  /// Writes digits of which so many stand behind the point, with at least the decimals that the number itself has, and
  /// more only where they are not zero.
  func append(_ digits: UnsafeMutableBufferPointer<UInt8>, decimals: Int, to sink: inout ByteSink) {
    if isNegative, digits.contains(where: { $0 != 0 }) { sink.append(UInt8(ascii: "-")) }
    // Fewer digits than decimals cannot be: there is room for twenty in front, and a step has at most 15.
    let whole = digits.count - decimals
    let first = min(digits.firstIndex { $0 != 0 } ?? whole - 1, whole - 1)
    for index in first..<whole { sink.append(digits[index] + 0x30) }
    let written = exponentText.isEmpty ? self.decimals : 0
    let last = (whole..<digits.count).last { digits[$0] != 0 }.map { $0 - whole + 1 } ?? 0
    guard max(written, last) > 0 else { return }
    sink.append(UInt8(ascii: "."))
    for place in 0..<max(written, last) {
      sink.append(place < decimals ? digits[whole + place] + 0x30 : 0x30)
    }
  }
}

/// Digits without the zeros in front.
func significant(_ digits: UnsafeMutableBufferPointer<UInt8>) -> Int {
  digits.firstIndex { $0 != 0 }.map { digits.count - $0 } ?? 0
}

/// Takes a number away that is no larger.
func subtract(_ number: UInt64, from digits: UnsafeMutableBufferPointer<UInt8>) {
  var (rest, index) = (number, digits.count - 1)
  while rest > 0, index >= 0 {
    let taken = UInt8(truncatingIfNeeded: rest % 10)
    rest /= 10
    if digits[index] < taken {
      digits[index] += 10
      rest += 1
    }
    digits[index] -= taken
    index -= 1
  }
}

/// Adds a number for which there is room in front.
func add(_ number: UInt64, to digits: UnsafeMutableBufferPointer<UInt8>) {
  var (rest, index) = (number, digits.count - 1)
  while rest > 0, index >= 0 {
    rest += UInt64(digits[index])
    digits[index] = UInt8(truncatingIfNeeded: rest % 10)
    rest /= 10
    index -= 1
  }
}

extension UnsafeRawBufferPointer {
  var isSpecialNumber: Bool { isExactly("NaN") || isExactly("Infinity") || isExactly("-Infinity") }
}

extension MaskFailure {
  static let notANumber = MaskFailure("it is no number in PostgreSQL's form")
}

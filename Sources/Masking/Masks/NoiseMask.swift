import Documents

/// `noise`: a number near the original one, at most `percent` away, keyed by the number.
///
/// The number is multiplied in decimal and cut off to the digits that it was written with, so that scale and exponent
/// stay; numbers so small that the noise is less than their last digit may stay as they are, and so do 0, `NaN` and
/// the infinities. Noise never adds a digit and never leaves the type's range: where it would, it goes towards zero.
struct NoiseMask: Mask {
  /// Of a factor, so that a percent is ten million.
  private static let one: UInt64 = 1_000_000_000

  private let hash: KeyedHash
  /// The largest noise, in parts of `one`.
  private let most: UInt64
  private let limit: DecimalLimit
  private let largestExponent: Int?
  let traits = MaskTraits(uniqueness: .lossy, leak: .off)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    hash = try order.hash()
    let percent = order.options["percent"].flatMap(Self.number) ?? 10
    try order.require(percent > 0 && percent <= 100, "`percent` is a number above 0 and up to 100")
    most = max(1, UInt64(percent * 10_000_000))
    limit = DecimalLimit(order.column.type.family)
    switch order.column.type.family {
    case .float(bytes: 4): largestExponent = 38
    case .float: largestExponent = 308
    default: largestExponent = nil
    }
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    if value.isSpecialNumber { return sink.append(value) }
    guard let number = DecimalText(value) else { throw .notANumber }
    let digest = hash.digest(value)
    let noise = digest.number(below: most) + 1
    let goesUp = digest.number(1) & 1 == 1 && !isNearOverflow(number)
    if goesUp, write(number, times: Self.one + noise, to: &sink) { return }
    // Towards zero there is always room.
    _ = write(number, times: Self.one - noise, to: &sink)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { value.isSpecialNumber || DecimalText(value) != nil }

  private static func number(_ value: Value) -> Double? {
    switch value {
    case .integer(let whole): Double(whole)
    case .number(let number): number
    default: nil
    }
  }

  private func isNearOverflow(_ number: DecimalText) -> Bool {
    guard let largestExponent else { return false }
    return number.wholeDigits - 1 + number.exponent >= largestExponent
  }

  /// Writes the product, cut off; nothing and false where it has more digits or the type cannot hold it.
  private func write(_ number: DecimalText, times factor: UInt64, to sink: inout ByteSink) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: number.digitCount + 10) { product in
      // A factor has up to ten digits, nine of which are behind its point.
      var carry: UInt64 = 0
      for place in stride(from: product.count - 1, through: 0, by: -1) {
        let source = place - 10
        let digit = source >= 0 ? UInt64(number.digit(source)) : 0
        carry += digit * factor
        product[place] = UInt8(truncatingIfNeeded: carry % 10)
        carry /= 10
      }
      let whole = product[..<(product.count - 9)]
      guard whole.first == 0, limit.allows(whole, negative: number.isNegative) else { return false }
      append(whole.dropFirst(), like: number, to: &sink)
      return true
    }
  }

  private func append(
    _ digits: Slice<UnsafeMutableBufferPointer<UInt8>>, like number: DecimalText, to sink: inout ByteSink
  ) {
    if number.isNegative, digits.contains(where: { $0 != 0 }) { sink.append(UInt8(ascii: "-")) }
    var hasBegun = false
    for place in 0..<number.digitCount {
      if place == number.wholeDigits { sink.append(UInt8(ascii: ".")) }
      let digit = digits[digits.startIndex + place]
      hasBegun = hasBegun || digit != 0 || place >= number.wholeDigits - 1
      if hasBegun { sink.append(digit + 0x30) }
    }
    sink.append(number.exponentText)
  }
}

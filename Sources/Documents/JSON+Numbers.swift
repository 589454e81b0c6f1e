extension JSON {
  /// Writes a finite double as ECMAScript does (ECMA-262, Number::toString; RFC 8785, section 3.2.2.3): the shortest
  /// digits that read back as the same double, an exponent from 1e21 upwards and from 1e-7 downwards.
  static func write(_ number: Double, into output: inout [UInt8]) {
    if number == 0 { return output.append(UInt8(ascii: "0")) }
    if number < 0 { output.append(UInt8(ascii: "-")) }
    let (digits, point) = shortestDigits(of: abs(number))
    switch point {
    case digits.count...21:
      output += digits
      output += repeatElement(UInt8(ascii: "0"), count: point - digits.count)
    case 1...21:
      output += digits[..<point]
      output.append(UInt8(ascii: "."))
      output += digits[point...]
    case -5...0:
      output += Array("0.".utf8)
      output += repeatElement(UInt8(ascii: "0"), count: -point)
      output += digits
    default: writeExponential(digits, point, into: &output)
    }
  }

  private static func writeExponential(_ digits: [UInt8], _ point: Int, into output: inout [UInt8]) {
    output.append(digits[0])
    if digits.count > 1 {
      output.append(UInt8(ascii: "."))
      output += digits[1...]
    }
    output += Array((point > 0 ? "e+\(point - 1)" : "e\(point - 1)").utf8)
  }

  /// The integer whose digits are what `write` gives for this double, where there is one and it fits.
  static func integer(writtenLike number: Double) -> Int? {
    if abs(number) <= 9_007_199_254_740_992 { return Int(exactly: number) }
    guard number.isFinite, abs(number) < 1e19 else { return nil }
    var text: [UInt8] = []
    write(number, into: &text)
    return Int(String(decoding: text, as: UTF8.self))
  }

  /// The digits without leading and trailing zeros, and how many of them stand before the decimal point.
  ///
  /// Swift's `description` gives the same shortest digits as ECMAScript asks for, in a notation of its own.
  private static func shortestDigits(of number: Double) -> (digits: [UInt8], point: Int) {
    let text = Array(number.description.utf8)
    let mantissa = text.prefix { $0 != UInt8(ascii: "e") }
    let exponent = Int(String(decoding: text.dropFirst(mantissa.count + 1), as: UTF8.self)) ?? 0
    let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
    let all = whole + mantissa.dropFirst(whole.count + 1)
    let zeros = all.prefix { $0 == UInt8(ascii: "0") }.count
    var digits = Array(all.dropFirst(zeros))
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, whole.count - zeros + exponent)
  }
}

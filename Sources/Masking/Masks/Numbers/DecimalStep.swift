import Documents

/// The step of `generalize`, exactly as it is written: 0.5 is 5 units of one decimal.
struct DecimalStep {
  let units: UInt64
  let decimals: Int

  /// Nothing for 0, for less, and for more than 15 digits, which a `Double` would not keep.
  init?(_ value: Value?) {
    let text: String
    switch value {
    case .integer(let number): text = String(number)
    case .number(let number) where number.isFinite: text = "\(number)"
    default: return nil
    }
    var bytes = Array(text.utf8)
    let read: (UInt64, Int)? = bytes.withUnsafeMutableBytes { Self.read(UnsafeRawBufferPointer($0)) }
    guard let (units, decimals) = read else { return nil }
    (self.units, self.decimals) = (units, decimals)
  }

  private static func read(_ text: UnsafeRawBufferPointer) -> (UInt64, Int)? {
    guard let number = DecimalText(text), !number.isNegative else { return nil }
    return number.withDigits(decimals: 18) { digits, hasRest in
      var decimals = 18
      var end = digits.count
      while decimals > 0, digits[end - 1] == 0 { (end, decimals) = (end - 1, decimals - 1) }
      let significant = digits[..<end].drop { $0 == 0 }
      guard !hasRest, (1...15).contains(significant.count) else { return nil }
      return (significant.reduce(0) { $0 * 10 + UInt64($1) }, decimals)
    }
  }

  /// What is left of the digits when they are divided by the step.
  func remainder(of digits: UnsafeMutableBufferPointer<UInt8>) -> UInt64 {
    var rest: UInt64 = 0
    for digit in digits { rest = (rest * 10 + UInt64(digit)) % units }
    return rest
  }
}

/// The largest number that an integer type holds.
struct DecimalLimit {
  private let largest: UInt64?
  /// The column may have room for no digit more: of `numeric(5,2)` nothing is known here but that it is `numeric`.
  let mayBeFull: Bool

  init(_ family: ColumnType.Family) {
    mayBeFull = family == .numeric
    switch family {
    case .integer(bytes: 2): largest = UInt64(Int16.max)
    case .integer(bytes: 4): largest = UInt64(Int32.max)
    case .integer: largest = UInt64(Int64.max)
    default: largest = nil
    }
  }

  var isInteger: Bool { largest != nil }

  /// Whether digits without decimals are in the range, whose lower end is one further away from zero.
  func allows(_ digits: some Collection<UInt8>, negative: Bool) -> Bool {
    guard let largest else { return true }
    let significant = digits.drop { $0 == 0 }
    guard significant.count <= 19 else { return false }
    return significant.reduce(UInt64(0)) { $0 * 10 + UInt64($1) } <= largest + (negative ? 1 : 0)
  }
}

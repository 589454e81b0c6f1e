import Documents

/// `generalize` on days: what `precision` keeps of them. The time of day becomes midnight.
struct GeneralDayMask: Mask {
  private let precision: DatePrecision
  private let range: ClosedRange<Int>
  let traits = MaskTraits(uniqueness: .lossy, leak: .off)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    guard let precision = order.text("precision").flatMap(DatePrecision.init) else {
      throw MaskRefusal("mask_option", "on days, `generalize` needs a `precision`: year, month or day")
    }
    let family = order.column.type.family
    try order.require(
      precision != .day || family != .date, "the `precision` day keeps all of a date; take month or year")
    self.precision = precision
    range = DatePrecision.range(of: family)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    guard !value.isInfiniteDay else { return sink.append(value) }
    guard let text = DateText(value) else { throw .notADate }
    sink.append(precision.start(of: text.day, notBefore: range.lowerBound), like: text)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { precision.recognises(value, range) }
}

/// `generalize` on numbers: rounded down to multiples of `step`, exactly, in decimal.
///
/// Rounding down may leave what the type or the column holds (-32,768 in steps of 1,000): then the number is rounded
/// towards zero. `NaN` and the infinities stay.
struct GeneralNumberMask: Mask {
  private let step: DecimalStep
  private let limit: DecimalLimit
  let traits = MaskTraits(uniqueness: .lossy, leak: .off, maximumLength: .max)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    guard let step = DecimalStep(order.options["step"]) else {
      throw MaskRefusal(
        "mask_option", "on numbers, `generalize` needs a `step` above 0 with at most 15 digits, such as 10 or 0.5")
    }
    limit = DecimalLimit(order.column.type.family)
    try order.require(
      !limit.isInteger || step.decimals == 0, "the column holds integers, so that `step` has to be a whole number")
    self.step = step
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    if value.isSpecialNumber { return sink.append(value) }
    guard let number = DecimalText(value) else { throw .notANumber }
    number.withDigits(decimals: step.decimals) { digits, hasRest in
      let length = significant(digits)
      let rest = step.remainder(of: digits)
      subtract(rest, from: digits)
      if number.isNegative, rest > 0 || hasRest { addStep(to: digits, length) }
      number.append(digits, decimals: step.decimals, to: &sink)
    }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    if value.isSpecialNumber { return true }
    guard let number = DecimalText(value) else { return false }
    return number.withDigits(decimals: step.decimals) { digits, hasRest in !hasRest && step.remainder(of: digits) == 0 }
  }

  /// Away from zero by one step; taken back where it leaves the column's range or needs one digit more.
  private func addStep(to digits: UnsafeMutableBufferPointer<UInt8>, _ length: Int) {
    add(step.units, to: digits)
    let fits = limit.allows(digits, negative: true) && (!limit.mayBeFull || significant(digits) <= length)
    if !fits { subtract(step.units, from: digits) }
  }
}

extension MaskOrder {
  func generalizeMask() throws(MaskRefusal) -> any Mask {
    column.type.family.isDay ? try GeneralDayMask(self) : try GeneralNumberMask(self)
  }
}

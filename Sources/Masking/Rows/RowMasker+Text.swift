#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

extension RowMasker {
  mutating func maskText(_ row: UnsafeRawBufferPointer, _ sink: inout ByteSink) throws(RowFailure) {
    guard row.last == 0x0A else { throw failure("it has no end") }
    rows += 1
    guard depth > 0 else { return append(row, to: &sink) }
    try findTextFields(row, depth)
    if readsKey { putTogetherTextKey(row) }
    approachValues(of: row)
    var copied = 0
    for index in 0..<seatCount {
      let field = fields[seats[index].column]
      guard field.count >= 0 else {
        seats[index].sawNull()
        continue
      }
      let original = unescaped(field.bytes(of: row))
      guard seats[index].isMasked else {
        seats[index].kept(original)
        continue
      }
      sink.append(UnsafeRawBufferPointer(rebasing: row[copied..<field.start]))
      copied = field.start + field.count
      do throws(MaskFailure) { try appendText(index, original, &sink) } catch {
        throw refusal(of: index, row, error.reason)
      }
    }
    append(row.part(copied, row.count), to: &sink)
    observer?.finishedRow()
  }

  @inline(__always)
  private mutating func appendText(
    _ index: Int, _ original: UnsafeRawBufferPointer, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    if seats[index].makesNull {
      sink.append("\\N")
      return seats[index].madeNull(original)
    }
    let before = sink.count
    try seats[index].apply(original, MaskedRow(key: key.bytes), &sink)
    try TextField.escape(&sink, from: before, over: &masked)
  }

  func findTextFields(_ row: UnsafeRawBufferPointer, _ depth: Int) throws(RowFailure) {
    guard let base = row.baseAddress else { throw failure("it is empty") }
    let end = row.count - 1
    var start = 0
    for index in 0..<depth {
      guard start <= end else { throw failure("it has \(index) columns instead of \(plan.columns.count)") }
      let tab = memchr(base + start, 0x09, end - start)
      let stop = tab.map { UnsafeRawPointer($0) - base } ?? end
      let isNull = stop - start == 2 && row[start] == TextField.backslash && row[start + 1] == 0x4E
      fields[index] = Field(start: start, count: isNull ? -1 : stop - start)
      start = stop + 1
    }
  }

  @inline(__always)
  private mutating func unescaped(_ raw: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard TextField.hasEscapes(raw) else { return raw }
    value.removeAll()
    TextField.unescape(raw, into: &value)
    return value.bytes
  }

  mutating func putTogetherTextKey(_ row: UnsafeRawBufferPointer) {
    key.removeAll()
    for (number, column) in plan.key.enumerated() {
      if number > 0 { key.append(0x2C) }
      if fields[column].count >= 0 { TextField.unescape(fields[column].bytes(of: row), into: &key) }
    }
  }
}

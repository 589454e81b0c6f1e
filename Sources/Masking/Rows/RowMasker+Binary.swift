#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

extension RowMasker {
  /// The header shares its message with the first row, or with the trailer where there is no row.
  mutating func maskBinary(_ message: UnsafeRawBufferPointer, _ sink: inout ByteSink) throws(RowFailure) {
    guard !hasHeader else { return try maskBinaryRow(message, &sink) }
    let length = try headerLength(of: message)
    hasHeader = true
    append(message.part(0, length), to: &sink)
    if length < message.count { try maskBinaryRow(UnsafeRawBufferPointer(rebasing: message[length...]), &sink) }
  }

  /// Manual, COPY, "File Header": eleven bytes of signature, flags, and the length of an extension.
  private func headerLength(of message: UnsafeRawBufferPointer) throws(RowFailure) -> Int {
    let signature: StaticString = "PGCOPY\n"
    guard let start = message.baseAddress, message.count >= 19, memcmp(start, signature.utf8Start, 7) == 0,
      message[7] == 0xFF, message[8] == 0x0D, message[9] == 0x0A, message[10] == 0
    else { throw failure("the stream does not begin with COPY's header") }
    guard message.bigEndianInt32(at: 11) == 0 else { throw failure("COPY's header has flags that are not known") }
    let length = 19 + Int(message.bigEndianInt32(at: 15))
    guard length >= 19, length <= message.count else { throw failure("COPY's header is longer than its message") }
    return length
  }

  private mutating func maskBinaryRow(_ row: UnsafeRawBufferPointer, _ sink: inout ByteSink) throws(RowFailure) {
    guard row.count >= 2 else { throw failure("it is shorter than its number of columns") }
    let columns = Int16(truncatingIfNeeded: Int(row[0]) << 8 | Int(row[1]))
    if columns == -1, row.count == 2 { return append(row, to: &sink) }
    guard columns == plan.columns.count else {
      throw failure("it has \(columns) columns instead of \(plan.columns.count)")
    }
    rows += 1
    guard depth > 0 else { return append(row, to: &sink) }
    try findBinaryFields(row, depth)
    if readsKey { try putTogetherBinaryKey(row) }
    approachValues(of: row)
    var copied = 0
    for index in 0..<seatCount {
      let field = fields[seats[index].column]
      guard field.count >= 0 else {
        seats[index].sawNull()
        continue
      }
      let original = try text(of: field.bytes(of: row), index)
      guard seats[index].isMasked else {
        seats[index].kept(original)
        continue
      }
      sink.append(UnsafeRawBufferPointer(rebasing: row[copied..<(field.start - 4)]))
      copied = field.start + field.count
      do throws(MaskFailure) { try appendBinary(index, original, &sink) } catch {
        throw refusal(of: index, row, error.reason)
      }
    }
    append(row.part(copied, row.count), to: &sink)
    observer?.finishedRow()
  }

  func findBinaryFields(_ row: UnsafeRawBufferPointer, _ depth: Int) throws(RowFailure) {
    var start = 2
    for index in 0..<depth {
      guard start + 4 <= row.count else { throw failure("it ends before its last column") }
      let count = Int(row.bigEndianInt32(at: start))
      start += 4
      guard count >= -1, start + max(0, count) <= row.count else { throw failure("a value is longer than its row") }
      fields[index] = Field(start: start, count: count)
      start += max(0, count)
    }
  }

  @inline(__always)
  private mutating func text(
    of raw: UnsafeRawBufferPointer, _ index: Int
  ) throws(RowFailure) -> UnsafeRawBufferPointer {
    if case .same = seats[index].form { return raw }
    value.removeAll()
    guard seats[index].form.appendText(of: raw, to: &value) else {
      throw failure("its binary form is not that of its type", column: seats[index].column)
    }
    return value.bytes
  }

  @inline(__always)
  private mutating func appendBinary(
    _ index: Int, _ original: UnsafeRawBufferPointer, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    if seats[index].makesNull {
      sink.append(Int32(-1))
      return seats[index].madeNull(original)
    }
    let length = sink.count
    sink.append(Int32(0))
    if case .same = seats[index].form {
      try seats[index].apply(original, MaskedRow(key: key.bytes), &sink)
    } else {
      masked.removeAll()
      try seats[index].apply(original, MaskedRow(key: key.bytes), &masked)
      guard seats[index].form.appendBinary(of: masked.bytes, to: &sink) else {
        throw MaskFailure("the mask made no value of the column's type")
      }
    }
    sink.write(Int32(truncatingIfNeeded: sink.count - length - 4), at: length)
  }

  mutating func putTogetherBinaryKey(_ row: UnsafeRawBufferPointer) throws(RowFailure) {
    key.removeAll()
    for (number, column) in plan.key.enumerated() {
      if number > 0 { key.append(0x2C) }
      guard fields[column].count >= 0, let form = BinaryForm(of: plan.columns[column].type.family) else { continue }
      guard form.appendText(of: fields[column].bytes(of: row), to: &key) else {
        throw failure("its binary form is not that of its type", column: column)
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  func bigEndianInt32(at offset: Int) -> Int32 {
    Int32(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int32.self))
  }
}

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Masks the rows of one COPY stream where they lie, for one worker: no String and no Array per row.
///
/// A row is looked through once for where its fields begin, up to the last one that anybody wants; then masks take the
/// place of values, and what is between them is copied in runs.
public struct RowMasker: ~Copyable {
  public let plan: RowPlan
  public private(set) var rows = 0
  /// One for each masked column, in the order of the stream.
  public var tallies: [ColumnTally] { seats.compactMap { $0.mask == nil ? nil : $0.tally } }

  private var seats: [Seat]
  private let observer: (any RowObserver)?
  private let readsKey: Bool
  /// How many fields have to be found.
  private let depth: Int
  private let fields: UnsafeMutablePointer<Field>
  private var hasHeader = false
  /// A value without its escapes, or brought from its binary form to text.
  private var value = ByteSink()
  /// A mask on its way to another form than text.
  private var masked = ByteSink()
  private var key = ByteSink()

  /// Where a field's bytes are in its message. A negative count is NULL.
  struct Field {
    var start: Int
    var count: Int
  }

  /// A column of which somebody wants the values.
  private struct Seat {
    let column: Int
    let mask: (any Mask)?
    let makesNull: Bool
    let isWatched: Bool
    let form: BinaryForm
    var tally: ColumnTally
  }

  /// - Throws: where the format is binary and `reasonsForText` has a reason.
  public init(_ plan: RowPlan, observer: (any RowObserver)? = nil) throws(RowFailure) {
    let watched = Set(observer?.watched ?? [])
    if plan.format == .binary, let reason = plan.reasonsForText(watched: watched.sorted()).first {
      throw RowFailure(table: plan.table, column: nil, row: nil, reason: reason)
    }
    self.plan = plan
    self.observer = observer
    seats = plan.columns.indices.compactMap { index in
      let column = plan.columns[index]
      guard column.mask != nil || watched.contains(index) else { return nil }
      return Seat(
        column: index, mask: column.mask, makesNull: column.mask?.traits.makesNull ?? false,
        isWatched: watched.contains(index), form: BinaryForm(of: column.type.family) ?? .same,
        tally: ColumnTally(column: column.name))
    }
    readsKey = plan.readsKey
    depth = max((seats.last?.column ?? -1) + 1, readsKey ? (plan.key.max() ?? -1) + 1 : 0)
    fields = .allocate(capacity: max(1, plan.columns.count))
    fields.initialize(repeating: Field(start: 0, count: 0), count: max(1, plan.columns.count))
  }

  deinit { fields.deallocate() }

  /// Appends the message with its values masked.
  ///
  /// - Parameter message: one row as the server sent it; in the binary format with the header before the first one, or
  ///   the trailer.
  public mutating func mask(_ message: UnsafeRawBufferPointer, into sink: inout ByteSink) throws(RowFailure) {
    guard plan.format == .binary else { return try maskText(message, &sink) }
    var row = message
    if !hasHeader {
      row = UnsafeRawBufferPointer(rebasing: message[try headerLength(of: message)...])
      sink.append(UnsafeRawBufferPointer(rebasing: message[..<(message.count - row.count)]))
      hasHeader = true
    }
    if !row.isEmpty { try maskBinary(row, &sink) }
  }

  private func failure(_ reason: String, column: Int? = nil, row: String? = nil) -> RowFailure {
    RowFailure(table: plan.table, column: column.map { plan.columns[$0].name }, row: row, reason: reason)
  }
}

// MARK: - The text format

extension RowMasker {
  private mutating func maskText(_ row: UnsafeRawBufferPointer, _ sink: inout ByteSink) throws(RowFailure) {
    guard row.last == 0x0A else { throw failure("it has no end") }
    rows += 1
    guard depth > 0 else { return sink.append(row) }
    try findTextFields(row, depth)
    if readsKey { putTogetherTextKey(row) }
    var copied = 0
    for index in seats.indices {
      let field = fields[seats[index].column]
      guard field.count >= 0 else {
        sawNull(index)
        continue
      }
      let original = unescaped(row, field)
      guard seats[index].mask != nil else {
        observer?.saw(column: seats[index].column, original: original, copied: original)
        continue
      }
      sink.append(UnsafeRawBufferPointer(rebasing: row[copied..<field.start]))
      copied = field.start + field.count
      if seats[index].makesNull {
        sink.append("\\N")
        madeNull(index, original)
        continue
      }
      let before = sink.count
      do throws(MaskFailure) { try apply(index, original, &sink) } catch {
        throw refusal(of: index, row, error.reason)
      }
      do throws(MaskFailure) { try TextField.escape(&sink, from: before, over: &masked) } catch {
        throw refusal(of: index, row, error.reason)
      }
    }
    sink.append(UnsafeRawBufferPointer(rebasing: row[copied...]))
    observer?.finishedRow()
  }

  private func findTextFields(_ row: UnsafeRawBufferPointer, _ depth: Int) throws(RowFailure) {
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

  private mutating func unescaped(_ row: UnsafeRawBufferPointer, _ field: Field) -> UnsafeRawBufferPointer {
    let raw = UnsafeRawBufferPointer(rebasing: row[field.start..<(field.start + field.count)])
    guard TextField.hasEscapes(raw) else { return raw }
    value.removeAll()
    TextField.unescape(raw, into: &value)
    return value.bytes
  }

  private mutating func putTogetherTextKey(_ row: UnsafeRawBufferPointer) {
    key.removeAll()
    for (number, column) in plan.key.enumerated() {
      if number > 0 { key.append(0x2C) }
      let field = fields[column]
      guard field.count >= 0 else { continue }
      TextField.unescape(
        UnsafeRawBufferPointer(rebasing: row[field.start..<(field.start + field.count)]), into: &key)
    }
  }
}

// MARK: - The binary format

extension RowMasker {
  /// Manual, COPY, "File Header": eleven bytes of signature, flags, and the length of an extension.
  private func headerLength(of message: UnsafeRawBufferPointer) throws(RowFailure) -> Int {
    let signature: StaticString = "PGCOPY\n"
    guard let start = message.baseAddress, message.count >= 19 else { throw failure("the stream has no header") }
    let isHeader =
      memcmp(start, signature.utf8Start, 7) == 0 && message[7] == 0xFF
      && message[8] == 0x0D && message[9] == 0x0A && message[10] == 0
    guard isHeader else { throw failure("the stream does not begin with COPY's header") }
    guard message.bigEndianInt32(at: 11) == 0 else { throw failure("COPY's header has flags that are not known") }
    let length = 19 + Int(message.bigEndianInt32(at: 15))
    guard length >= 19, length <= message.count else { throw failure("COPY's header is longer than its message") }
    return length
  }

  private mutating func maskBinary(_ row: UnsafeRawBufferPointer, _ sink: inout ByteSink) throws(RowFailure) {
    guard row.count >= 2 else { throw failure("it is shorter than its number of columns") }
    let columns = Int16(truncatingIfNeeded: Int(row[0]) << 8 | Int(row[1]))
    if columns == -1, row.count == 2 { return sink.append(row) }
    guard columns == plan.columns.count else {
      throw failure("it has \(columns) columns instead of \(plan.columns.count)")
    }
    rows += 1
    guard depth > 0 else { return sink.append(row) }
    try findBinaryFields(row, depth)
    if readsKey { try putTogetherBinaryKey(row) }
    var copied = 0
    for index in seats.indices {
      let field = fields[seats[index].column]
      guard field.count >= 0 else {
        sawNull(index)
        continue
      }
      let original = try text(of: row, field, seats[index].form, index)
      guard seats[index].mask != nil else {
        observer?.saw(column: seats[index].column, original: original, copied: original)
        continue
      }
      sink.append(UnsafeRawBufferPointer(rebasing: row[copied..<(field.start - 4)]))
      copied = field.start + field.count
      if seats[index].makesNull {
        sink.append(Int32(-1))
        madeNull(index, original)
        continue
      }
      do throws(MaskFailure) { try appendBinary(index, original, &sink) } catch {
        throw refusal(of: index, row, error.reason)
      }
    }
    sink.append(UnsafeRawBufferPointer(rebasing: row[copied...]))
    observer?.finishedRow()
  }

  private func findBinaryFields(_ row: UnsafeRawBufferPointer, _ depth: Int) throws(RowFailure) {
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

  private mutating func text(
    of row: UnsafeRawBufferPointer, _ field: Field, _ form: BinaryForm, _ index: Int
  ) throws(RowFailure) -> UnsafeRawBufferPointer {
    let raw = UnsafeRawBufferPointer(rebasing: row[field.start..<(field.start + field.count)])
    if case .same = form { return raw }
    value.removeAll()
    guard form.appendText(of: raw, to: &value) else {
      throw failure("its binary form is not that of its type", column: seats[index].column)
    }
    return value.bytes
  }

  private mutating func appendBinary(
    _ index: Int, _ original: UnsafeRawBufferPointer, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    let length = sink.count
    sink.append(Int32(0))
    if case .same = seats[index].form {
      try apply(index, original, &sink)
    } else {
      masked.removeAll()
      try seats[index].mask?.mask(original, in: MaskedRow(key: key.bytes), into: &masked)
      judge(index, original, masked.bytes)
      guard seats[index].form.appendBinary(of: masked.bytes, to: &sink) else {
        throw MaskFailure("the mask made no value of the column's type")
      }
    }
    sink.write(Int32(truncatingIfNeeded: sink.count - length - 4), at: length)
  }

  private mutating func putTogetherBinaryKey(_ row: UnsafeRawBufferPointer) throws(RowFailure) {
    key.removeAll()
    for (number, column) in plan.key.enumerated() {
      if number > 0 { key.append(0x2C) }
      let field = fields[column]
      guard field.count >= 0, let form = BinaryForm(of: plan.columns[column].type.family) else { continue }
      let raw = UnsafeRawBufferPointer(rebasing: row[field.start..<(field.start + field.count)])
      guard form.appendText(of: raw, to: &key) else {
        throw failure("its binary form is not that of its type", column: column)
      }
    }
  }
}

// MARK: - What both formats do

extension RowMasker {
  @inline(__always)
  private mutating func apply(
    _ index: Int, _ original: UnsafeRawBufferPointer, _ sink: inout ByteSink
  ) throws(MaskFailure) {
    let before = sink.count
    try seats[index].mask?.mask(original, in: MaskedRow(key: key.bytes), into: &sink)
    judge(index, original, sink.bytes(from: before))
  }

  /// Changed or not, and of the mask's own grammar or not.
  @inline(__always)
  private mutating func judge(
    _ index: Int, _ original: UnsafeRawBufferPointer, _ output: UnsafeRawBufferPointer
  ) {
    if output.isSame(as: original) { seats[index].tally.unchanged += 1 } else { seats[index].tally.changed += 1 }
    if seats[index].mask?.recognises(output) == false { seats[index].tally.unrecognised += 1 }
    if seats[index].isWatched { observer?.saw(column: seats[index].column, original: original, copied: output) }
  }

  private mutating func sawNull(_ index: Int) {
    seats[index].tally.nulls += 1
    if seats[index].isWatched { observer?.saw(column: seats[index].column, original: nil, copied: nil) }
  }

  private mutating func madeNull(_ index: Int, _ original: UnsafeRawBufferPointer) {
    seats[index].tally.changed += 1
    if seats[index].isWatched { observer?.saw(column: seats[index].column, original: original, copied: nil) }
  }

  private mutating func refusal(of index: Int, _ row: UnsafeRawBufferPointer, _ reason: String) -> RowFailure {
    failure(reason, column: seats[index].column, row: tellableKey(row))
  }

  /// Only numbers and UUIDs are told: another key may well be somebody's e-mail address.
  private mutating func tellableKey(_ row: UnsafeRawBufferPointer) -> String? {
    let isTellable = plan.key.allSatisfy { column in
      switch plan.columns[column].type.family {
      case .integer, .uuid: plan.columns[column].mask == nil
      default: false
      }
    }
    guard !plan.key.isEmpty, isTellable, let deepest = plan.key.max() else { return nil }
    do throws(RowFailure) {
      if plan.format == .text {
        try findTextFields(row, deepest + 1)
        putTogetherTextKey(row)
      } else {
        try findBinaryFields(row, deepest + 1)
        try putTogetherBinaryKey(row)
      }
    } catch { return nil }
    let names = plan.key.map { plan.columns[$0].name }.joined(separator: ",")
    return "\(names)=\(String(decoding: key.bytes, as: UTF8.self))"
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  func bigEndianInt32(at offset: Int) -> Int32 {
    Int32(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int32.self))
  }

  @inline(__always)
  func isSame(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let here = baseAddress, let there = other.baseAddress else { return true }
    return memcmp(here, there, count) == 0
  }
}

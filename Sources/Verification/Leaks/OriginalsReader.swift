import Masking

/// Takes a masked column's values apart into what is hashed, and counts what is outside of the check. One reader belongs
/// to one thread.
struct OriginalsReader: ~Copyable {
  private var counts = LeakCounts()
  private var text = ScannedText()
  private var digits = ByteSink(capacity: 64)

  /// The counts as they were before the last value.
  private var before = Counted()

  private struct Counted {
    var originals = 0
    var tooShort = 0
    var tooCommon = 0
    var unreadable = 0
  }

  mutating func takeCounts() -> LeakCounts {
    defer { counts = LeakCounts() }
    return counts
  }

  /// What of the value is original, as its mask has said.
  @inline(__always)
  mutating func read<Taker: OriginalTaker & ~Copyable>(
    _ value: UnsafeRawBufferPointer, of column: borrowing WatchedColumn, into taker: inout Taker
  ) {
    before = Counted(
      originals: counts.originals, tooShort: counts.tooShort, tooCommon: counts.tooCommon, unreadable: counts.unreadable
    )
    if let leak = column.whole { return take(value, leak, &taker) }
    guard let mask = column.parts else { return }
    do throws(MaskFailure) {
      try mask.originals(of: value) { original, leak in take(original, leak, &taker) }
    } catch { counts.unreadable += 1 }
  }

  /// What the last value has added to the counts, for `readAgain`: four bits for originals, two for what the bounds
  /// left out, and one that is always set. 0 where that is not enough.
  var note: UInt8 {
    let (originals, tooShort) = (counts.originals - before.originals, counts.tooShort - before.tooShort)
    let tooCommon = counts.tooCommon - before.tooCommon
    guard originals <= 15, tooShort <= 1, tooCommon <= 1, counts.unreadable == before.unreadable else { return 0 }
    return UInt8(truncatingIfNeeded: originals | tooShort << 4 | tooCommon << 5 | 1 << 6)
  }

  /// Counts a value whose originals have been taken before.
  mutating func readAgain(_ note: UInt8) {
    counts.originals += Int(note & 15)
    counts.tooShort += Int(note >> 4 & 1)
    counts.tooCommon += Int(note >> 5 & 1)
  }

  mutating func take<Taker: OriginalTaker & ~Copyable>(
    _ value: UnsafeRawBufferPointer, _ leak: MaskTraits.Leak, _ taker: inout Taker
  ) {
    text.read(value)
    takeWhole(&taker)
    if leak == .words { takeWords(&taker) }
  }

  @inline(__always)
  private mutating func takeWhole<Taker: OriginalTaker & ~Copyable>(_ taker: inout Taker) {
    guard text.isNumberOfSomebody else { return count(take(text.bytes, text.shape, &taker)) }
    digits.removeAll()
    for byte in text.bytes where byte &- 0x30 < 10 { digits.append(byte) }
    var shape = TextShape()
    shape.digits = digits.count
    count(take(digits.bytes, shape, &taker))
  }

  private mutating func count(_ verdict: LeakBounds.Verdict) {
    switch verdict {
    case .inside: return
    case .tooShort: counts.tooShort += 1
    case .tooCommon: counts.tooCommon += 1
    }
  }

  @inline(__always)
  private mutating func take<Taker: OriginalTaker & ~Copyable>(
    _ key: UnsafeRawBufferPointer, _ shape: TextShape, _ taker: inout Taker
  ) -> LeakBounds.Verdict {
    guard key.count >= LeakBounds.shortest else { return .tooShort }
    guard LeakBounds.isTelling(shape.letters, shape.digits, shape.gaps, shape.others), LeakBounds.isDiverse(key) else {
      return .tooCommon
    }
    counts.originals += 1
    counts.lengths.insert(shape.kind, key.count)
    taker.put(key, isDigits: shape.kind == .number)
    return .inside
  }

  /// Single words, and a number with the one or two words behind it: a house in its street. A word that is too short or
  /// too common is none of the values that are counted as outside.
  private mutating func takeWords<Taker: OriginalTaker & ~Copyable>(_ taker: inout Taker) {
    for number in 0..<text.words {
      let word = text[number]
      guard word.count < text.count else { return }
      var shape = TextShape()
      (shape.letters, shape.digits) = (word.letters, word.digits)
      _ = take(text.slice(word.start, word.end), shape, &taker)
      if text.byte(word.start) &- 0x30 < 10 { takeHouse(number, shape, &taker) }
    }
  }

  private mutating func takeHouse<Taker: OriginalTaker & ~Copyable>(
    _ number: Int, _ first: TextShape, _ taker: inout Taker
  ) {
    var shape = first
    for next in (number + 1)..<max(number + 1, min(number + 3, text.words)) {
      let (last, word) = (text[next - 1], text[next])
      guard word.start == last.end + 1, text.byte(last.end) == 0x20 else { return }
      shape.letters += word.letters
      shape.digits += word.digits
      shape.gaps += 1
      guard word.end - text[number].start < text.count else { return }
      _ = take(text.slice(text[number].start, word.end), shape, &taker)
    }
  }
}

/// How a column's originals are read, found out once: a mask asked for every value would cost as much as the hash.
struct WatchedColumn: ~Copyable, Sendable {
  /// Set where the whole value is the original.
  let whole: MaskTraits.Leak?
  /// Else takes the originals out of a value; nothing where nobody looks for any.
  let parts: (any Mask)?

  init(_ mask: (any Mask)?) {
    let mask = mask?.hasOriginals ?? false ? mask : nil
    whole = mask?.wholeOriginal
    parts = whole == nil ? mask : nil
  }
}

/// The columns of a stream, in memory of their own, so that none is copied for a value. The owner of that memory.
struct WatchedColumns: ~Copyable {
  private let columns: UnsafeMutablePointer<WatchedColumn>
  private let count: Int

  init(_ plan: RowPlan) {
    count = plan.columns.count
    columns = .allocate(capacity: max(1, count))
    for (place, column) in plan.columns.enumerated() { (columns + place).initialize(to: WatchedColumn(column.mask)) }
  }

  deinit {
    columns.deinitialize(count: count)
    columns.deallocate()
  }

  subscript(place: Int) -> WatchedColumn {
    @inline(__always) _read { yield columns[place] }
  }
}

/// What is done with the originals of a value.
protocol OriginalTaker: ~Copyable {
  /// - Parameter key: in normal form, valid during the call alone.
  mutating func put(_ key: UnsafeRawBufferPointer, isDigits: Bool)
}

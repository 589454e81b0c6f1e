import Masking

/// Takes a masked column's values apart into what is hashed, and counts what is outside of the check. One reader belongs
/// to one thread.
final class OriginalsReader {
  typealias Put = (_ key: UnsafeRawBufferPointer, _ isDigits: Bool) -> Void

  // Used for every value, and by one thread: nothing else can be at them.
  @exclusivity(unchecked) private var counts = LeakCounts()
  @exclusivity(unchecked) private var text = ScannedText()
  @exclusivity(unchecked) private var digits = ByteSink(capacity: 64)

  func takeCounts() -> LeakCounts {
    defer { counts = LeakCounts() }
    return counts
  }

  /// What of the value is original, as its mask has said.
  @inline(__always)
  func read(_ value: UnsafeRawBufferPointer, of column: WatchedColumn, _ put: Put) {
    switch column {
    case .unwatched: return
    case .whole(let leak): take(value, leak, put)
    case .parts(let mask):
      do throws(MaskFailure) {
        try mask.originals(of: value) { original, leak in take(original, leak, put) }
      } catch { counts.unreadable += 1 }
    }
  }

  func take(_ value: UnsafeRawBufferPointer, _ leak: MaskTraits.Leak, _ put: Put) {
    text.read(value)
    takeWhole(put)
    if leak == .words { takeWords(put) }
  }

  @inline(__always)
  private func takeWhole(_ put: Put) {
    guard text.isNumberOfSomebody else { return count(take(text.bytes, text.shape, put)) }
    digits.removeAll()
    for byte in text.bytes where byte &- 0x30 < 10 { digits.append(byte) }
    var shape = TextShape()
    shape.digits = digits.count
    count(take(digits.bytes, shape, put))
  }

  private func count(_ verdict: LeakBounds.Verdict) {
    switch verdict {
    case .inside: return
    case .tooShort: counts.tooShort += 1
    case .tooCommon: counts.tooCommon += 1
    }
  }

  @inline(__always)
  private func take(_ key: UnsafeRawBufferPointer, _ shape: TextShape, _ put: Put) -> LeakBounds.Verdict {
    guard key.count >= LeakBounds.shortest else { return .tooShort }
    guard LeakBounds.isTelling(shape.letters, shape.digits, shape.gaps, shape.others), LeakBounds.isDiverse(key) else {
      return .tooCommon
    }
    counts.originals += 1
    counts.lengths.insert(shape.kind, key.count)
    put(key, shape.kind == .number)
    return .inside
  }

  /// Single words, and a number with the one or two words behind it: a house in its street. A word that is too short or
  /// too common is none of the values that are counted as outside.
  private func takeWords(_ put: Put) {
    for number in 0..<text.words {
      let word = text[number]
      guard word.count < text.count else { return }
      var shape = TextShape()
      (shape.letters, shape.digits) = (word.letters, word.digits)
      _ = take(text.slice(word.start, word.end), shape, put)
      if text.byte(word.start) &- 0x30 < 10 { takeHouse(number, shape, put) }
    }
  }

  private func takeHouse(_ number: Int, _ first: TextShape, _ put: Put) {
    var shape = first
    for next in (number + 1)..<max(number + 1, min(number + 3, text.words)) {
      let (last, word) = (text[next - 1], text[next])
      guard word.start == last.end + 1, text.byte(last.end) == 0x20 else { return }
      shape.letters += word.letters
      shape.digits += word.digits
      shape.gaps += 1
      guard word.end - text[number].start < text.count else { return }
      _ = take(text.slice(text[number].start, word.end), shape, put)
    }
  }
}

/// How a column's originals are read, found out once: a mask asked for every value would cost as much as the hash.
enum WatchedColumn: Sendable {
  case unwatched
  case whole(MaskTraits.Leak)
  case parts(any Mask)

  init(_ mask: (any Mask)?) {
    if let mask, mask.hasOriginals {
      self = mask.wholeOriginal.map { .whole($0) } ?? .parts(mask)
    } else {
      self = .unwatched
    }
  }
}

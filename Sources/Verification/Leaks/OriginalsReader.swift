import Masking

/// Takes a masked column's values apart into what is hashed, and counts what is outside of the check. One reader belongs
/// to one thread.
final class OriginalsReader {
  typealias Put = (_ key: UnsafeRawBufferPointer, _ isDigits: Bool) -> Void

  private var counts = LeakCounts()
  private var normal = NormalForm()

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
    let text = normal.text(of: value)
    let key = normal.key(of: text)
    let (verdict, kind) = LeakBounds.judge(key)
    switch verdict {
    case .inside:
      counts.originals += 1
      counts.lengths.insert(kind, key.count)
      put(key, kind == .number)
    case .tooShort: counts.tooShort += 1
    case .tooCommon: counts.tooCommon += 1
    }
    if leak == .words { takeWords(text, put) }
  }

  /// Single words, and a number with the one or two words behind it: a house in its street.
  private func takeWords(_ text: UnsafeRawBufferPointer, _ put: Put) {
    var start = 0
    var index = 0
    while index <= text.count {
      if index < text.count, ByteClass.of(text[index]).isWord {
        index += 1
        continue
      }
      if index > start {
        if index - start < text.count { takeWord(text.slice(start, index), put) }
        if text[start] &- 0x30 < 10 { takeHouse(text, start, index, put) }
      }
      index += 1
      start = index
    }
  }

  private func takeHouse(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ put: Put) {
    var end = end
    for _ in 0..<2 {
      guard end + 1 < text.count, text[end] == 0x20, ByteClass.of(text[end + 1]).isWord else { return }
      end += 1
      while end < text.count, ByteClass.of(text[end]).isWord { end += 1 }
      if end - start < text.count { takeWord(text.slice(start, end), put) }
    }
  }

  /// A word that is too short or too common is none of the values that are counted as outside.
  private func takeWord(_ word: UnsafeRawBufferPointer, _ put: Put) {
    let (verdict, kind) = LeakBounds.judge(word)
    guard verdict == .inside else { return }
    counts.originals += 1
    counts.lengths.insert(kind, word.count)
    put(word, kind == .number)
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

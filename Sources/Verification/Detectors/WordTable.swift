import Masking

/// The words of a text, between everything that is no letter, digit, hyphen or apostrophe.
struct WordWalk {
  private let text: UnsafeRawBufferPointer
  private var index = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// Where the word that was given last ended.
  var place: Int { index }

  mutating func next() -> UnsafeRawBufferPointer? {
    while index < text.count, !text[index].isWordByte { index += 1 }
    let start = index
    while index < text.count, text[index].isWordByte { index += 1 }
    return index > start ? text.part(start, index) : nil
  }
}

extension UInt8 {
  var isWordByte: Bool { isAlphanumeric || self >= 0x80 || self == UInt8(ascii: "-") || self == UInt8(ascii: "'") }
}

/// Words that are asked for by their bytes, without regard to the case of ASCII letters: a table with open addressing,
/// of which an entry is the word's hash (FNV-1a, 64 bits) and, against chance, nothing is compared beyond it.
struct WordTable: Sendable {
  private let slots: [UInt64]
  private let mask: UInt64

  /// - Parameter words: lower case, with spaces between.
  init(_ words: StaticString...) {
    var hashes: Set<UInt64> = []
    for text in words {
      Self.take(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), &hashes)
    }
    self.init(hashes)
  }

  /// The single words among phrases; of the others no one word says enough.
  init(words: [String]) {
    var hashes: Set<UInt64> = []
    for var word in words where !word.contains(" ") { word.withUTF8 { Self.take(UnsafeRawBufferPointer($0), &hashes) } }
    self.init(hashes)
  }

  private static func take(_ text: UnsafeRawBufferPointer, _ hashes: inout Set<UInt64>) {
    var walk = WordWalk(text)
    while let word = walk.next() { hashes.insert(hash(word)) }
  }

  private init(_ hashes: Set<UInt64>) {
    var size = 16
    while size < hashes.count * 3 { size *= 2 }
    var slots = [UInt64](repeating: 0, count: size)
    for hash in hashes {
      var place = Int(truncatingIfNeeded: hash) & (size - 1)
      while slots[place] != 0 { place = (place + 1) & (size - 1) }
      slots[place] = hash
    }
    self.slots = slots
    mask = UInt64(size - 1)
  }

  func contains(_ word: UnsafeRawBufferPointer) -> Bool {
    let hash = Self.hash(word)
    return slots.withUnsafeBufferPointer { slots in
      var place = Int(truncatingIfNeeded: hash & mask)
      while slots[place] != 0 {
        if slots[place] == hash { return true }
        place = (place + 1) & Int(truncatingIfNeeded: mask)
      }
      return false
    }
  }

  /// Never 0, which is an empty slot.
  private static func hash(_ word: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word { hash = (hash ^ UInt64(byte.lowercased)) &* 0x100_0000_01B3 }
    return hash | 1
  }
}

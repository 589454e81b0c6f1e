/// A part of the filter: a Bloom filter in blocks of 64 bytes, so that a value costs one line of the cache.
///
/// A fingerprint chooses a block by its high bits, and in each of the block's eight words two bits by six bits each: 16
/// bits in all. With 33 bits for each original, as full as a layer gets, about two of a million other values are taken
/// for originals (`chance` says it exactly).
///
/// The owner of its memory.
final class FilterLayer: @unchecked Sendable {
  // `@unchecked`: writes happen under the lock of `OriginalsCollector`; a finished filter is only read.

  let blocks: Int
  private let words: UnsafeMutablePointer<UInt64>
  /// Fingerprints that set a bit: originals that were not there before, but for chance.
  private(set) var distinct = 0

  static let blockBytes = 64
  static let wordsPerBlock = 8
  /// Bits for each original in a layer that is full.
  static let bitsPerOriginal = 33

  init(blocks: Int, distinct: Int = 0) {
    self.blocks = max(1, blocks)
    self.distinct = distinct
    words = UnsafeMutableRawPointer.allocate(byteCount: self.blocks * Self.blockBytes, alignment: 64)
      .bindMemory(to: UInt64.self, capacity: self.blocks * Self.wordsPerBlock)
    words.initialize(repeating: 0, count: self.blocks * Self.wordsPerBlock)
  }

  /// Room for so many originals.
  convenience init(originals: Int) {
    self.init(blocks: (max(1, originals) * Self.bitsPerOriginal + 511) / 512)
  }

  deinit { words.deallocate() }

  var byteCount: Int { blocks * Self.blockBytes }
  /// Originals that it takes before it is full.
  var capacity: Int { blocks * 512 / Self.bitsPerOriginal }
  var isFull: Bool { distinct >= capacity }

  @inline(__always)
  private func block(_ fingerprint: Fingerprint) -> UnsafeMutablePointer<UInt64> {
    words + Int(truncatingIfNeeded: fingerprint.high.multipliedFullWidth(by: UInt64(blocks)).high) * Self.wordsPerBlock
  }

  /// The two bits of a word: five pairs of places from the low half, three from the low end of the high one, whose
  /// upper end has chosen the block.
  @inline(__always)
  private func mask(_ fingerprint: Fingerprint, _ word: Int) -> UInt64 {
    let source = word < 5 ? fingerprint.low >> UInt64(12 * word) : fingerprint.high >> UInt64(12 * (word - 5))
    return 1 << (source & 63) | 1 << (source >> 6 & 63)
  }

  func insert(_ fingerprint: Fingerprint) {
    let block = block(fingerprint)
    var isNew = false
    for word in 0..<Self.wordsPerBlock {
      let mask = mask(fingerprint, word)
      if block[word] & mask != mask {
        isNew = true
        block[word] |= mask
      }
    }
    if isNew { distinct += 1 }
  }

  @inline(__always)
  func contains(_ fingerprint: Fingerprint) -> Bool {
    let block = block(fingerprint)
    for word in 0..<Self.wordsPerBlock {
      let mask = mask(fingerprint, word)
      if block[word] & mask != mask { return false }
    }
    return true
  }

  /// Takes in all that is in another layer of the same size.
  func merge(_ other: FilterLayer) {
    guard other.blocks == blocks else { return }
    for index in 0..<blocks * Self.wordsPerBlock { words[index] |= other.words[index] }
    distinct += other.distinct
  }

  /// The probability that a value which was never put in is found all the same: exactly, from the bits that are set.
  var chance: Double {
    var sum = 0.0
    for block in 0..<blocks {
      var product = 1.0
      for word in 0..<Self.wordsPerBlock {
        let share = Double(words[block * Self.wordsPerBlock + word].nonzeroBitCount) / 64
        product *= share * share
      }
      sum += product
    }
    return sum / Double(blocks)
  }

  func withBytes<Result>(_ use: (UnsafeRawBufferPointer) -> Result) -> Result {
    use(UnsafeRawBufferPointer(start: words, count: byteCount))
  }

  /// For reading a sealed filter.
  func withMutableBytes<Result>(_ use: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    use(UnsafeMutableRawBufferPointer(start: words, count: byteCount))
  }
}

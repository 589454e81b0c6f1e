import CPrefetch

/// A part of the filter: a Bloom filter in blocks of 32 bytes, so that a value which is not in it mostly costs one line of
/// the cache.
///
/// A fingerprint chooses two blocks, and in each of a block's four words two bits by six bits each: 16 bits in all. With
/// 33 bits for each original, as full as a layer gets, about one of a million other values is taken for an original
/// (`chance` says it exactly). Two blocks and not one, because blocks are not equally full.
///
/// The owner of its memory.
///
/// `@unchecked Sendable`: writes happen under the lock of `OriginalsCollector`; a finished filter is only read.
final class FilterLayer: @unchecked Sendable {
  let blocks: Int
  private let words: UnsafeMutablePointer<UInt64>
  /// Fingerprints that set a bit: originals that were not there before, but for chance.
  private(set) var distinct = 0

  static let blockBytes = 32
  static let wordsPerBlock = 4
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
  convenience init(originals: Int) { self.init(blocks: Self.blocks(for: originals)) }

  static func blocks(for originals: Int) -> Int {
    (max(1, originals) * bitsPerOriginal + blockBytes * 8 - 1) / (blockBytes * 8)
  }

  deinit { words.deallocate() }

  var byteCount: Int { blocks * Self.blockBytes }
  /// Originals that it takes before it is full.
  var capacity: Int { blocks * Self.blockBytes * 8 / Self.bitsPerOriginal }
  var isFull: Bool { distinct >= capacity }

  /// The block that a number chooses, by its high bits.
  @inline(__always)
  private func block(_ number: UInt64) -> UnsafeMutablePointer<UInt64> {
    words + Int(truncatingIfNeeded: number.multipliedFullWidth(by: UInt64(blocks)).high) * Self.wordsPerBlock
  }

  /// The second block is chosen by all bits of the low half, the first one by the high end of the high half.
  @inline(__always)
  private func secondBlock(_ fingerprint: KeyedFingerprint) -> UnsafeMutablePointer<UInt64> {
    block(fingerprint.low &* 0x9E37_79B9_7F4A_7C15)
  }

  @inline(__always)
  private static func mask(_ bits: UInt64, _ word: Int) -> UInt64 {
    let source = bits >> UInt64(12 * word)
    return 1 << (source & 63) | 1 << (source >> 6 & 63)
  }

  func insert(_ fingerprint: KeyedFingerprint) {
    let isNew = Self.insert(block(fingerprint.high), fingerprint.low)
    if Self.insert(secondBlock(fingerprint), fingerprint.high) || isNew { distinct += 1 }
  }

  private static func insert(_ block: UnsafeMutablePointer<UInt64>, _ bits: UInt64) -> Bool {
    var isNew = false
    for word in 0..<wordsPerBlock {
      let mask = mask(bits, word)
      isNew = isNew || block[word] & mask != mask
      block[word] |= mask
    }
    return isNew
  }

  /// Brings near what `contains` mostly ends at.
  @inline(__always)
  func prefetch(_ fingerprint: KeyedFingerprint) { decant_prefetch(block(fingerprint.high)) }

  /// Brings near all that `insert` writes to.
  @inline(__always)
  func prefetchForInsert(_ fingerprint: KeyedFingerprint) {
    decant_prefetch(block(fingerprint.high))
    decant_prefetch(secondBlock(fingerprint))
  }

  @inline(__always)
  func contains(_ fingerprint: KeyedFingerprint) -> Bool {
    Self.contains(block(fingerprint.high), fingerprint.low)
      && Self.contains(secondBlock(fingerprint), fingerprint.high)
  }

  @inline(__always)
  private static func contains(_ block: UnsafeMutablePointer<UInt64>, _ bits: UInt64) -> Bool {
    for word in 0..<wordsPerBlock {
      let mask = mask(bits, word)
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
    let one = sum / Double(blocks)
    return one * one
  }

  func withBytes<Result>(_ use: (UnsafeRawBufferPointer) -> Result) -> Result {
    use(UnsafeRawBufferPointer(start: words, count: byteCount))
  }

  /// For reading a sealed filter.
  func withMutableBytes<Result>(_ use: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    use(UnsafeMutableRawBufferPointer(start: words, count: byteCount))
  }
}

import Masking

/// What is counted while a filter is made; all of it goes into the proof.
public struct LeakCounts: Sendable, Hashable {
  /// Values of masked columns that were put in, words of them included, each as often as it occurred.
  public var originals = 0
  /// Different ones, but for chance.
  public var distinct = 0
  /// Outside of the check: shorter than `LeakBounds.shortest`, or below `LeakBounds.leastEntropy`.
  public var tooShort = 0
  public var tooCommon = 0
  /// Values that could not be taken apart (a document that is no JSON); any of them is a defect of the check.
  public var unreadable = 0
  /// How many of the different originals are numbers of so many digits; the last place stands for all longer ones.
  public var numbers = [Int](repeating: 0, count: LeakCounts.longestNumber + 1)

  /// Which kinds of text they are, and how long: what is of another kind or length is none of them.
  var lengths = TextLengths()

  public static let longestNumber = 20

  public init() {}

  public static func += (left: inout Self, right: Self) {
    left.originals += right.originals
    left.distinct += right.distinct
    left.tooShort += right.tooShort
    left.tooCommon += right.tooCommon
    left.unreadable += right.unreadable
    left.lengths += right.lengths
    for index in left.numbers.indices { left.numbers[index] += right.numbers[index] }
  }

  /// The probability that a number of so many digits, drawn without regard to the originals, is one of them.
  func density(ofDigits count: Int) -> Double {
    guard count < numbers.count - 1, numbers[count] > 0 else { return 0 }
    var values = 1.0
    for _ in 0..<count { values *= 10 }
    return min(1, Double(numbers[count]) / values)
  }
}

/// The originals of masked columns, so that it can be asked whether a value is one of them and none can be read back.
///
/// What does not fit into the budget lies on disk, sealed, and is looked through part by part (`passes`).
public final class LeakFilter: @unchecked Sendable {
  // `@unchecked`: nothing of it changes once it is made; `load` gives layers of their own.

  public let fingerprinter: Fingerprinter
  public let counts: LeakCounts
  /// `MaskingKeys.id()` of the key that it was made with.
  public let keyID: String?
  let keys: LeakKeys
  let resident: [FilterLayer]
  let spilled: [SpilledLayer]

  init(
    _ keys: LeakKeys, _ counts: LeakCounts, resident: [FilterLayer], spilled: [SpilledLayer] = []
  ) {
    fingerprinter = Fingerprinter(keys)
    keyID = keys.id
    self.keys = keys
    self.counts = counts
    self.resident = resident
    self.spilled = spilled
  }

  /// How often everything has to be looked through: once, and once more for each part that lies on disk.
  public var passes: Int { max(1, (resident.isEmpty ? 0 : 1) + spilled.count) }

  /// The layers of one pass. Layers on disk are read, opened and given back when the value is released.
  public func part(_ pass: Int) throws(SealedFilterError) -> LeakFilterPart {
    let first = resident.isEmpty ? 0 : 1
    if pass < first || spilled.isEmpty { return LeakFilterPart(fingerprinter, resident, counts) }
    return LeakFilterPart(fingerprinter, [try spilled[pass - first].load(keys)], counts)
  }
}

/// What is asked in one pass over the values.
public final class LeakFilterPart: @unchecked Sendable {
  // `@unchecked`: its layers are only read.
  let fingerprinter: Fingerprinter
  private let layers: [FilterLayer]
  /// The only layer, as most filters have it.
  private let only: FilterLayer?
  private let counts: LeakCounts
  /// The probability that a value which is no original is taken for one.
  public let chance: Double

  init(_ fingerprinter: Fingerprinter, _ layers: [FilterLayer], _ counts: LeakCounts) {
    self.fingerprinter = fingerprinter
    self.layers = layers
    only = layers.count == 1 ? layers[0] : nil
    self.counts = counts
    chance = layers.reduce(0) { $0 + $1.chance }
  }

  @inline(__always)
  func contains(_ fingerprint: KeyedFingerprint) -> Bool {
    if let only { return only.contains(fingerprint) }
    for layer in layers where layer.contains(fingerprint) { return true }
    return false
  }

  /// Where the filter will be asked first for it.
  @inline(__always)
  func prefetch(_ fingerprint: KeyedFingerprint) {
    if let only { only.prefetch(fingerprint) }
  }

  func density(ofDigits count: Int) -> Double { counts.density(ofDigits: count) }
  var lengths: TextLengths { counts.lengths }
}

/// How many of a column's values had what.
struct MatchTally {
  /// Neither NULL nor empty.
  var values = 0
  /// What a mask has left, whatever it had been.
  var masks = 0
  /// By the place of the detector.
  private(set) var published: [Int]
  private(set) var weak: [Int]
  private(set) var formed: [Int]
  private(set) var checked: [Int]
  /// By the finder's bits.
  private(set) var inside: [Int]

  init(_ detectors: Int, _ kinds: Int) {
    published = Array(repeating: 0, count: detectors)
    (weak, formed, checked) = (published, published, published)
    inside = Array(repeating: 0, count: kinds)
  }

  mutating func take(_ match: ValueMatch, of detector: Int) {
    switch match {
    case .none: break
    case .published: published[detector] += 1
    case .weak: weak[detector] += 1
    case .form: formed[detector] += 1
    case .checked: checked[detector] += 1
    }
  }

  mutating func take(inside kinds: UInt64) {
    var rest = kinds
    while rest != 0 {
      inside[rest.trailingZeroBitCount] += 1
      rest &= rest - 1
    }
  }

  func share(_ count: Int) -> Double { values == 0 ? 0 : Double(count) / Double(values) }
}

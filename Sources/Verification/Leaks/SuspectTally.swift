import Masking

/// What one place gave so far: counts, and the fingerprints of what was found, so that they can be looked up among the
/// originals. No value is kept.
struct SuspectTally: Sendable {
  var values = 0
  var candidates = 0
  var hits = 0
  /// Questions about numbers, each with its probability to be another number by chance.
  var chanceOfNumbers = 0.0
  /// How many values each fingerprint was first found in.
  private(set) var suspects: [KeyedFingerprint: Int] = [:]
  private(set) var hasMore = false
  private(set) var keys: [String] = []

  /// Different fingerprints that are remembered for a place; 100,000 are four megabytes.
  static let mostSuspects = 100_000
  static let mostKeys = 5

  mutating func hit(_ fingerprint: KeyedFingerprint, key: @autoclosure () -> String?) {
    hits += 1
    if keys.count < Self.mostKeys, let key = key() { keys.append(key) }
    if suspects.count < Self.mostSuspects || suspects[fingerprint] != nil {
      suspects[fingerprint, default: 0] += 1
    } else {
      hasMore = true
    }
  }

  static func += (left: inout Self, right: Self) {
    left.values += right.values
    left.candidates += right.candidates
    left.hits += right.hits
    left.chanceOfNumbers += right.chanceOfNumbers
    for (fingerprint, count) in right.suspects {
      if left.suspects.count < mostSuspects || left.suspects[fingerprint] != nil {
        left.suspects[fingerprint, default: 0] += count
      } else {
        left.hasMore = true
      }
    }
    left.hasMore = left.hasMore || right.hasMore
    left.keys += right.keys.prefix(mostKeys - left.keys.count)
  }

  /// What there is to say; nothing where nothing was found.
  ///
  /// - Parameter known: which of the fingerprints are originals; nothing where nobody could be asked.
  func finding(
    _ place: LeakReport.Place, _ declaration: LeakDeclaration, chance: Double, known: Set<KeyedFingerprint>?
  ) -> LeakReport.Finding? {
    guard hits > 0 else { return nil }
    let expected = Double(candidates) * chance + chanceOfNumbers
    let confirmed = known.map { known in suspects.reduce(0) { known.contains($1.key) ? $0 + $1.value : $0 } }
    var finding = LeakReport.Finding(
      place: place, values: values, hits: hits, expectedByChance: expected, confirmed: confirmed,
      isPartlyConfirmed: hasMore, keys: keys, verdict: .chance)
    // What the filter alone mistook is refuted; a number may still be that of somebody by chance. What could not be
    // confirmed and is more than chance explains is no less a leak: the source may have changed since.
    if let confirmed, confirmed > Self.explained(by: chanceOfNumbers) {
      finding.verdict = .leak
    } else if hits - (confirmed ?? 0) > Self.explained(by: expected) {
      finding.verdict = .unconfirmed
    }
    guard finding.isLeak else { return finding }
    switch declaration {
    case .kept(let reason): (finding.verdict, finding.reason) = (.kept, reason)
    case .masked(let unchanged, let all) where hits <= unchanged && unchanged <= all / 1_000:
      finding.verdict = .unchanged
    default: break
    }
    return finding
  }

  /// The most hits that are put down to chance where so many are expected: five deviations of a Poisson distribution
  /// above it.
  static func explained(by expected: Double) -> Int { Int(expected + 5 * expected.squareRoot()) }
}

/// "Did you mean": the known word that somebody probably wanted to write.
public enum Suggestion {
  /// The nearest of `candidates`, or nothing where none is near; of equally near ones the first.
  ///
  /// Case and the difference of `-` and `_` do not count. A word of up to four letters may have one mistake, up to
  /// twelve two, a longer one three; a letter too many, missing, wrong, or two swapped is one mistake. Where nothing
  /// is that near, a candidate of which the word is the beginning (or the other way round) is taken.
  public static func nearest(_ word: String, among candidates: [String]) -> String? {
    let wanted = folded(word)
    guard !wanted.isEmpty else { return nil }
    let limit = wanted.count == 1 ? 0 : wanted.count <= 4 ? 1 : wanted.count <= 12 ? 2 : 3
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let allowed = best.map { $0.distance - 1 } ?? limit
      guard allowed >= 0 else { break }
      if let distance = distance(wanted, folded(candidate), within: allowed) { best = (candidate, distance) }
    }
    return best?.candidate ?? candidates.first { isBeginning(wanted, folded($0)) }
  }

  private static func folded(_ word: String) -> [Unicode.Scalar] {
    word.lowercased().unicodeScalars.map { $0 == "-" ? "_" : $0 }
  }

  /// At least three letters and at least a third of the whole, so that `s` does not stand for everything.
  private static func isBeginning(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Bool {
    let (short, long) = left.count < right.count ? (left, right) : (right, left)
    return short.count >= 3 && short.count * 3 >= long.count && long.starts(with: short)
  }

  /// The optimal string alignment distance (Damerau-Levenshtein without edits inside a swap), where it is within the
  /// limit. Three rows of the table are kept.
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], within limit: Int) -> Int? {
    guard abs(left.count - right.count) <= limit else { return nil }
    var (before, last) = ([Int](), Array(0...right.count))
    for i in 0..<left.count {
      var row = [i + 1]
      for j in 0..<right.count {
        var least = min(last[j] + (left[i] == right[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { least = min(least, before[j - 1] + 1) }
        row.append(least)
      }
      guard (row.min() ?? 0) <= limit else { return nil }
      (before, last) = (last, row)
    }
    return last[right.count] <= limit ? last[right.count] : nil
  }
}

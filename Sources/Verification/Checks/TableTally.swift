import Masking

/// What reading a table, or pages of it, has shown: counts, and fingerprints of what may be originals. The only things of
/// a value that are kept are its masked sample and the number or UUID of its row.
public struct TableTally: Sendable {
  public internal(set) var rows = 0
  var columns: [CheckedColumnTally]

  init(columns: Int) { self.columns = Array(repeating: CheckedColumnTally(), count: columns) }

  static func += (left: inout Self, right: Self) {
    left.rows += right.rows
    for index in right.columns.indices { left.columns[index] += right.columns[index] }
  }
}

struct CheckedColumnTally: Sendable {
  var values = 0
  var nulls = 0
  /// Values that no mask of the column could have made.
  var strangers = 0
  var strangerKeys: [String] = []
  var strangerSample: String?
  /// Values that are of the mask's form, and none that it makes of the originals under the declared key.
  var unexpected = 0
  var suspects = SuspectTally()
  var suspectSample: String?

  static func += (left: inout Self, right: Self) {
    left.values += right.values
    left.nulls += right.nulls
    left.strangers += right.strangers
    left.strangerKeys += right.strangerKeys.prefix(SuspectTally.mostKeys - left.strangerKeys.count)
    left.strangerSample = left.strangerSample ?? right.strangerSample
    left.unexpected += right.unexpected
    left.suspects += right.suspects
    left.suspectSample = left.suspectSample ?? right.suspectSample
  }
}

import Masking

/// What is said beforehand about a column of the copy.
public enum LeakDeclaration: Sendable, Hashable {
  /// No original may be in it.
  case none
  /// Somebody has looked at it and keeps it; originals in it are told, and are no failure.
  case kept(reason: String)
  /// Its mask keeps originals by what it is (shuffled values): not looked at.
  case keepsOriginals
  /// Masked, with so many values that are the masks of themselves, of so many.
  case masked(unchanged: Int, of: Int)
}

extension CandidateReader.Form {
  /// Nothing for types whose values are no text that people write: numbers, times, labels of an enumeration (which are
  /// text of the schema), bytes.
  init?(_ family: ColumnType.Family) {
    switch family {
    case .text, .xml, .textSearch, .network, .macAddress, .uuid: self = .text
    case .json, .jsonb: self = .json
    case .array(let element):
      guard Self(element.family) != nil else { return nil }
      self = .array
    case .composite, .range, .other: self = .quoted
    default: return nil
    }
  }
}

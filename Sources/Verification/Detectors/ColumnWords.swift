/// What people call columns of a kind, in several languages: phrases of lower-case words with single spaces.
public struct ColumnWords: Sendable {
  /// Names that hardly anything else has.
  public let strong: [String]
  /// Names that other things have too; they need the values to agree.
  public let weak: [String]

  public init(strong: [String], weak: [String] = []) { (self.strong, self.weak) = (strong, weak) }

  public enum Strength: Sendable { case strong, weak }

  /// The phrase that a column's name holds.
  public func found(in name: ColumnNameWords) -> (phrase: String, strength: Strength)? {
    if let phrase = strong.first(where: name.holds) { return (phrase, .strong) }
    return weak.first(where: name.holds).map { ($0, .weak) }
  }
}

/// A column's name as words: `backupEmail2` and `backup_email` are both "backup email".
public struct ColumnNameWords: Sendable, Hashable {
  public let words: [String]
  private let phrase: String

  public init(_ name: String) {
    var (words, word, wasLower) = ([String](), "", false)
    for scalar in name.unicodeScalars {
      let isLetter = scalar.properties.isAlphabetic
      if !word.isEmpty, !isLetter || (wasLower && scalar.properties.isUppercase) {
        words.append(word)
        word = ""
      }
      if isLetter { word += scalar.properties.lowercaseMapping }
      wasLower = scalar.properties.isLowercase
    }
    if !word.isEmpty { words.append(word) }
    self.words = words
    phrase = " \(words.joined(separator: " ")) "
  }

  /// Whether the phrase stands in the name, and the name does not go on to speak of something else.
  func holds(_ wanted: String) -> Bool {
    guard let last = words.last, !deniers.contains(last) || wanted.hasSuffix(last) else { return false }
    guard let first = words.first, !Self.questions.contains(first) else { return false }
    if phrase.contains(" \(wanted) ") { return true }
    // `useremail`, `emailaddr`: long words are found at either end of a word too.
    guard wanted.utf8.count > 4, !wanted.contains(" ") else { return false }
    return words.contains { $0.hasPrefix(wanted) || $0.hasSuffix(wanted) }
  }

  private var deniers: Set<String> { Self.deniers }

  /// `is_email_valid`, `num_phones`: what begins so is about the values, and is none of them.
  private static let questions: Set<String> = ["is", "has", "num", "count", "n", "allow", "enable", "show", "send"]

  /// `email_sent_at`, `phone_type`: what ends so is about the values, and is none of them.
  private static let deniers: Set<String> = [
    "at", "on", "count", "id", "type", "kind", "status", "state", "enabled", "template", "subject", "format", "length",
    "provider", "domain", "verified", "verification", "confirmed", "preferences", "preference", "valid", "bounced",
    "notifications", "notification", "consent", "sent", "opt", "in", "out", "version", "label", "expires", "expiry",
    "score", "index", "order", "size", "flag", "required", "method", "source", "class", "event", "category", "digest",
    "prefix", "suffix", "policy", "limit", "attempts", "failures", "ttl",
  ]
}

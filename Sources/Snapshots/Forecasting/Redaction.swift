/// What a report may show of somebody's value.
enum Redaction {
  /// `john.doe@gmail.com` is `j***@g***.com`; of other texts the first letter is left, where they have four characters
  /// or more; of everything else, numbers and dates included, nothing. How long it was is not told.
  static func of(_ value: String) -> String {
    if value.isEmpty { return "" }
    let parts = value.split(separator: "@", omittingEmptySubsequences: false)
    if parts.count == 2, let local = parts[0].first, let domain = parts[1].first, let dot = parts[1].lastIndex(of: "."),
      dot > parts[1].startIndex, !value.contains(where: \.isWhitespace)
    {
      return "\(initial(local))***@\(initial(domain))***\(ending(parts[1][dot...]))"
    }
    guard value.count >= 4, let first = value.first, first.isLetter else { return "***" }
    return "\(first)***"
  }

  private static func initial(_ character: Character) -> String { character.isLetter ? "\(character)" : "" }

  /// ".com"; a long one may well be somebody's.
  private static func ending(_ domain: Substring) -> String { domain.count <= 8 ? String(domain) : ".***" }
}

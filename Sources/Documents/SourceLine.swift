/// A line of a file as it may be shown beside a diagnostic: nothing that could be a secret is left in it, and every
/// column stays where it was.
///
/// The line is judged by its looks and not by its grammar, because a line that is shown is one that is wrong. So it
/// hides rather too much: whatever follows a key that sounds like a secret, and what stands between `user:` and `@` in
/// a URL. References to variables stay.
public enum SourceLine {
  /// The same line with `*` for each scalar of what could be a secret.
  public static func redacted(_ line: String) -> String {
    shown(line, without: hiddenColumns(of: Array(line.unicodeScalars)))
  }

  static func shown(_ line: String, without hidden: Set<Int>) -> String {
    if hidden.isEmpty { return line }
    var shown = String.UnicodeScalarView()
    for (index, scalar) in line.unicodeScalars.enumerated() { shown.append(hidden.contains(index) ? "*" : scalar) }
    return String(shown)
  }

  /// Indices from 0.
  static func hiddenColumns(of line: [Unicode.Scalar]) -> Set<Int> {
    var hidden: Set<Int> = []
    for key in keys(of: line) where isSecret(key.name) { hide(value(behind: key, in: line), of: line, &hidden) }
    for range in userinfo(of: line) + passwordParameters(of: line) { hide(range, of: line, &hidden) }
    return hidden
  }

  private static func hide(_ range: Range<Int>, of line: [Unicode.Scalar], _ hidden: inout Set<Int>) {
    hidden.formUnion(Set(range).subtracting(references(in: line, range)))
  }
}

extension SourceLine {
  struct Key {
    let name: String
    /// Of the colon.
    let end: Int
    /// Inside `{…}`, where a value ends before `,` and `}`.
    let isInBraces: Bool
    /// Of the first letter.
    let start: Int
  }

  /// Everything that looks like a key: a word before a colon that is followed by a blank or the end.
  static func keys(of line: [Unicode.Scalar]) -> [Key] {
    var keys: [Key] = []
    for (index, scalar) in line.enumerated() where scalar == ":" {
      guard index + 1 == line.count || isBlank(line[index + 1]) || isQuote(line[max(0, index - 1)]) else { continue }
      var start = index
      while start > 0, isWord(line[start - 1]) || isQuote(line[start - 1]) { start -= 1 }
      let name = String(String.UnicodeScalarView(line[start..<index].filter(isWord)))
      let before = line[..<start]
      keys.append(Key(name: name, end: index, isInBraces: before.contains("{"), start: start))
    }
    return keys
  }

  /// By the words that keys of secrets are made of, and near misses of them.
  static func isSecret(_ key: String) -> Bool {
    let name = key.lowercased()
    let words = ["password", "passwd", "secret", "token", "access_key", "key", "credential", "private"]
    // Files and names of keys, not keys.
    if ["ssl_key", "key_domain", "secretfile", "sslkey"].contains(name) { return false }
    let parts = ["pass", "pwd", "secret", "token", "credential", "private", "_key", "apikey", "access"]
    return name == "key" || name == "pw" || parts.contains { name.contains($0) }
      || Suggestion.nearest(name, among: words) != nil
  }

  private static func value(behind key: Key, in line: [Unicode.Scalar]) -> Range<Int> {
    var start = key.end + 1
    while start < line.count, isBlank(line[start]) { start += 1 }
    guard start < line.count else { return start..<start }
    let rest = line[start...]
    // `{file: PATH}` says where the secret is, and not what.
    if rest.starts(with: "{file:".unicodeScalars) { return start..<start }
    if isQuote(line[start]), let end = rest.dropFirst().lastIndex(of: line[start]), !key.isInBraces {
      return (start + 1)..<max(end, start + 1)
    }
    if key.isInBraces { return (isQuote(line[start]) ? start + 1 : start)..<endInBraces(rest, of: line) }
    return start..<line.count
  }

  private static func endInBraces(_ rest: ArraySlice<Unicode.Scalar>, of line: [Unicode.Scalar]) -> Int {
    let first = rest.first ?? " "
    if isQuote(first) {
      return closingQuote(first, in: rest.dropFirst()) ?? line.count
    }
    // `${NAME}` brings a brace of its own.
    let from = references(in: line, rest.startIndex..<line.count).max().map { rest[$0...] } ?? rest
    return from.dropFirst().firstIndex { $0 == "," || $0 == "}" } ?? line.count
  }

  /// The quote that ends a scalar: not one behind a backslash in `"…"`, nor one of two in `'…'` (YAML 1.2.2, 7.3).
  private static func closingQuote(_ quote: Unicode.Scalar, in text: ArraySlice<Unicode.Scalar>) -> Int? {
    var index = text.startIndex
    while index < text.endIndex {
      if quote == "\"", text[index] == "\\" {
        index += 2
      } else if text[index] == quote {
        guard quote == "'", index + 1 < text.endIndex, text[index + 1] == quote else { return index }
        index += 2
      } else {
        index += 1
      }
    }
    return nil
  }

  /// What stands in `scheme://user:HERE@host`, to the last `@`, or to the end where there is none and the password may
  /// go on behind it.
  private static func userinfo(of line: [Unicode.Scalar]) -> [Range<Int>] {
    let marks = line.indices.filter { line[$0...].starts(with: "://".unicodeScalars) }
    return marks.compactMap { mark in
      let start = mark + 3
      let next = marks.first { $0 > mark } ?? line.count
      let body = line[start..<next]
      guard let colon = body.firstIndex(of: ":"), let end = body.lastIndex(of: "@"), colon < end else { return nil }
      return (colon + 1)..<end
    }
  }

  /// What stands behind `password=` to the next `&`, quote or blank.
  private static func passwordParameters(of line: [Unicode.Scalar]) -> [Range<Int>] {
    line.indices.compactMap { index in
      let mark = "password=".unicodeScalars
      guard line[index...].starts(with: mark) else { return nil }
      let start = index + mark.count
      let end = line[start...].firstIndex { isQuote($0) || isBlank($0) } ?? line.count
      return start..<end
    }
  }

  /// The columns of ``{{`NAME` | env}}`` and `${NAME}`: names of variables are no secrets.
  private static func references(in line: [Unicode.Scalar], _ range: Range<Int>) -> Set<Int> {
    var found: Set<Int> = []
    var index = range.lowerBound
    while index < range.upperBound {
      if let end = endOfReference(line[index..<range.upperBound]) {
        found.formUnion(index..<end)
        index = end
      } else {
        index += 1
      }
    }
    return found
  }

  private static func endOfReference(_ rest: ArraySlice<Unicode.Scalar>) -> Int? {
    for (opening, closing) in [("${", "}"), ("{{`", "` | env}}"), ("{{`", "`|env}}")]
    where rest.starts(with: opening.unicodeScalars) {
      let name = rest.dropFirst(opening.unicodeScalars.count)
      let end = name.firstIndex { !isWord($0) || $0 == "-" } ?? name.endIndex
      if end > name.startIndex, rest[end...].starts(with: closing.unicodeScalars) {
        return end + closing.unicodeScalars.count
      }
    }
    return nil
  }

  static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
  private static func isQuote(_ scalar: Unicode.Scalar) -> Bool { scalar == "\"" || scalar == "'" }
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-"
  }
}

extension Source {
  /// The line with this number (from 1) as it may be shown; nothing past the end, and nothing of a line so long that
  /// nobody would read it.
  public func redactedLine(_ number: Int) -> String? {
    line(number).flatMap { line in
      isTooLong(line) ? nil : SourceLine.shown(line, without: hiddenColumns(line, number))
    }
  }

  /// Redacting looks at every letter; a file of one line would be looked at whole for each diagnostic.
  private func isTooLong(_ line: String) -> Bool { line.utf8.count > 4_096 }

  /// Whether what stands there is hidden by `redactedLine`.
  public func hides(line number: Int, column: Int) -> Bool {
    line(number).map { isTooLong($0) || hiddenColumns($0, number).contains(column - 1) } ?? false
  }

  private func hiddenColumns(_ line: String, _ number: Int) -> Set<Int> {
    let scalars = Array(line.unicodeScalars)
    if !continuesSecret(line, number) { return SourceLine.hiddenColumns(of: scalars) }
    return Set(scalars.indices.filter { !SourceLine.isBlank(scalars[$0]) })
  }

  /// A value may stand on the lines below its key, deeper than it: then the first shallower line above is the key's.
  private func continuesSecret(_ line: String, _ number: Int) -> Bool {
    let depth = Self.depth(of: line)
    var above = number - 1
    while depth > 0, above >= 1, let text = self.line(above) {
      let isEmpty = text.unicodeScalars.allSatisfy(SourceLine.isBlank)
      if !isEmpty, Self.depth(of: text) < depth {
        guard let last = SourceLine.keys(of: Array(text.unicodeScalars)).last else { return false }
        return (SourceLine.isSecret(last.name) || last.name.hasSuffix("url")) && !startsKey(line)
      }
      above -= 1
    }
    return false
  }

  private func startsKey(_ line: String) -> Bool {
    SourceLine.keys(of: Array(line.unicodeScalars)).first.map { $0.name == "file" || $0.name == "url" } ?? false
  }

  private static func depth(of line: String) -> Int { line.unicodeScalars.prefix(while: SourceLine.isBlank).count }
}

extension Source: CustomStringConvertible, CustomReflectable {
  /// A source may hold secrets, and `dump` is to show none of them.
  public var description: String { name }
  public var customMirror: Mirror { Mirror(self, children: ["name": name, "bytes": bytes.count]) }
}

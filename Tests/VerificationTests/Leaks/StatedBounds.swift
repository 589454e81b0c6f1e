import Masking

/// What the pages say is outside of the leak check, written down a second time with strings.
enum StatedBounds {
  /// A whole value can be looked for.
  static func holds(_ value: String) -> Bool {
    let text = key(value)
    return text.utf8.count >= 6 && Set(text.utf8).count >= 4 && tenthsOfBits(text) >= 200
  }

  /// A value can be found between other words: it stands between blanks, is a number, or has at most three words, or four
  /// with hyphens and apostrophes between; or its mask says that its words are looked for, and one of them, or a house with
  /// its street, can be.
  static func holdsInText(_ value: String, _ leak: MaskTraits.Leak) -> Bool {
    let text = normal(value)
    let words = text.split(separator: " ")
    let areWords = words.allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber } }
    if words.count == 1 || isNumber(text) || (words.count <= 3 && areWords) || isName(text) { return holds(value) }
    return leak == .words && parts(of: text).contains(where: holds)
  }

  private static func isName(_ text: String) -> Bool {
    let words = text.split(omittingEmptySubsequences: false) { " -'".contains($0) }
    return text.contains { "-'".contains($0) } && words.count <= 4
      && words.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isLetter) }
  }

  /// What is equal of values that count as the same.
  static func key(_ value: String) -> String {
    let text = normal(value)
    return isNumber(text) ? text.filter(\.isNumber) : text
  }

  private static func normal(_ value: String) -> String {
    value.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Written as people write numbers, and no address of the network.
  private static func isNumber(_ text: String) -> Bool {
    guard let first = text.first, "0123456789+(".contains(first), text.allSatisfy({ "0123456789+-()./ ".contains($0) })
    else { return false }
    let groups = text.split(separator: ".", omittingEmptySubsequences: false)
    let isAddress = groups.count == 4 && groups.allSatisfy { $0.count <= 3 && $0.allSatisfy(\.isNumber) }
    return !isAddress && text.count(where: \.isNumber) >= 6
  }

  private static func tenthsOfBits(_ text: String) -> Int {
    let (letters, digits) = (text.count(where: \.isLetter), text.count(where: \.isNumber))
    let blanks = text.count { $0 == " " }
    let others = text.count - letters - digits - blanks
    if others > 0 { return 25 * letters + 33 * digits + 30 * others + 10 * blanks }
    if digits == 0 { return blanks == 0 ? 15 * letters : 20 * letters + 10 * blanks }
    return letters == 0 && blanks == 0 ? 23 * digits : 25 * letters + 33 * digits + 10 * blanks
  }

  /// Single words, and a number with the one or two words behind it.
  private static func parts(of text: String) -> [String] {
    text.split(separator: ",").flatMap { part -> [String] in
      let words = part.split(separator: " ").map(String.init)
      let houses = words.indices.filter { words[$0].first?.isNumber ?? false }.flatMap { place in
        [1, 2].filter { place + $0 < words.count }.map { words[place...place + $0].joined(separator: " ") }
      }
      return words + houses
    }
  }
}

import Foundation
import Masking
import Seeded
import Testing

@testable import Verification

/// What the pages say is looked for in a value, written down a second time, slowly and with strings; and every piece of
/// it that can be an original is found in random text.
struct CandidateTests {
  @Test func everyPieceOfRandomTextIsFound() throws {
    var random = SeededRandom(seed: 20_261_121)
    var asked: [TextKind: Int] = [:]
    for _ in 0..<600 {
      let text = Self.text(&random)
      for piece in Set(Self.pieces(of: Self.normal(text))) {
        guard let kind = Self.kind(ofOriginal: piece) else { continue }
        asked[kind, default: 0] += 1
        #expect(try collect([piece]).finds(text), "\(piece) in \(text)")
      }
    }
    #expect(TextKind.allCases.allSatisfy { asked[$0, default: 0] > 30 }, "\(asked)")
  }

  /// And nothing else is: a piece with one sign more or less than one that is there is none.
  @Test func nothingElseIsFound() throws {
    var random = SeededRandom(seed: 20_261_122)
    var asked = 0
    for _ in 0..<150 {
      let text = Self.text(&random)
      let all = Set(Self.pieces(of: Self.normal(text)).map(Self.key))
      for piece in all {
        for other in [String(piece.dropFirst()), String(piece.dropLast()), piece + "x", "7" + piece] {
          guard Self.kind(ofOriginal: other) != nil, !all.contains(Self.key(Self.normal(other))) else { continue }
          asked += 1
          #expect(try !collect([other]).finds(text), "\(other) in \(text)")
        }
      }
    }
    #expect(asked > 500, "\(asked)")
  }

  /// What the whole of a text is as an original; nothing where it is outside of the check.
  private static func kind(ofOriginal text: String) -> TextKind? {
    struct Length: OriginalTaker {
      var found: Int?
      mutating func put(_ key: UnsafeRawBufferPointer, isDigits: Bool) { found = key.count }
    }
    var reader = OriginalsReader()
    var length = Length()
    Array(text.utf8).withUnsafeBytes { reader.take($0, .value, &length) }
    let lengths = reader.takeCounts().lengths
    return length.found.flatMap { length in TextKind.allCases.first { lengths.contains($0, length) } }
  }

  // MARK: - The rules, with strings

  private static func text(_ random: inout SeededRandom) -> String {
    let words = [
      "Anastasia", "MILLER", "o'brien", "ann.miller+shop@Mail.Example", "x_y-z@a.b", "Ünal", "ßtraße",
      "Τριανταφυλλίδης",
      "4111", "1111", "020", "79460958", "555", "0123456789", "10.20.30.40", "2001:db8::7", "AB12-CD34", "#77181922",
      "a", "I",
      "Wolfeschlegelstein", "12a", "+44", "(0)20", "7946-0958", "https://a.example/u/ann77", "x=1;y=secret99",
    ]
    let gaps = [" ", " ", " ", "  ", "\t", ", ", ". ", "-", "/", "; ", "\n", ") ", "@", ""]
    if Int.random(in: 0..<8, using: &random) == 0 {
      return (0..<5).map { _ in ["Anastasia", "Miller", "Ünal", "555", "lives"].randomElement(using: &random) ?? "" }
        .joined(separator: " ")
    }
    return (0..<Int.random(in: 1...7, using: &random)).map { _ in
      (words.randomElement(using: &random) ?? "") + (gaps.randomElement(using: &random) ?? "")
    }.joined()
  }

  private static func normal(_ text: String) -> String {
    text.precomposedStringWithCanonicalMapping.lowercased()
      .split(whereSeparator: { " \t\n\r\u{B}\u{C}".contains($0) }).joined(separator: " ")
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x80 || CharacterSet.alphanumerics.contains(scalar)
  }

  /// Numbers of somebody are their digits.
  private static func key(_ text: String) -> String {
    guard let first = text.first, "0123456789+(".contains(first), text.allSatisfy({ "0123456789+-()./ ".contains($0) })
    else { return text }
    let digits = text.filter(\.isNumber)
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let isAddress = parts.count == 4 && parts.allSatisfy { $0.count <= 3 && $0.allSatisfy(\.isNumber) }
    return digits.count < 6 || isAddress ? text : digits
  }

  private struct Word { var text: String, from: Int, to: Int }

  private static func pieces(of text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    func string(_ from: Int, _ to: Int) -> String {
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[from..<to])
      return String(view)
    }
    var words: [Word] = []
    var start: Int?
    for index in 0...scalars.count {
      if index < scalars.count, isWord(scalars[index]) {
        start = start ?? index
      } else if let from = start {
        words.append(Word(text: string(from, index), from: from, to: index))
        start = nil
      }
    }
    var pieces = [text] + words.map(\.text)
    for (number, word) in words.enumerated() {
      for last in words.dropFirst(number + 1).prefix(2) {
        let piece = string(word.from, last.to)
        if piece.filter({ $0 == " " }).count == piece.unicodeScalars.filter({ !isWord($0) }).count {
          pieces.append(piece)
        }
      }
    }
    // Neighbouring words are looked for as they stand, and groups of digits put together, up to the longest number.
    return pieces.dropFirst().filter { key($0) == $0 } + names(words, string) + mails(text) + numbers(words, string)
      + ([text] + tokens(text)).map(key)
  }

  private static func names(_ words: [Word], _ string: (Int, Int) -> String) -> [String] {
    words.indices.flatMap { first in
      (first..<min(first + 4, words.count)).compactMap { last in
        let gaps = (first..<last).map { string(words[$0].to, words[$0 + 1].from) }
        let areLetters = words[first...last].allSatisfy { $0.text.utf8.allSatisfy { !(0x30...0x39).contains($0) } }
        guard areLetters, gaps.contains(" "), gaps.contains(where: { $0 != " " }),
          gaps.allSatisfy({ [" ", "-", "'"].contains($0) })
        else { return nil }
        return string(words[first].from, words[last].to)
      }
    }
  }

  private static func trimmed(_ token: Substring) -> String? {
    var view = Substring(token).unicodeScalars
    while let first = view.first, !isWord(first), first != "+" { view.removeFirst() }
    while let last = view.last, !isWord(last) { view.removeLast() }
    return view.isEmpty ? nil : String(view)
  }

  /// Without what people put around a value; other signs are its own.
  private static func unwrapped(_ token: Substring) -> String? {
    var rest = token
    while let first = rest.first, "([{<\"'`".contains(first) { rest.removeFirst() }
    while let last = rest.last, ")]}>\"'`.,;:!?".contains(last) { rest.removeLast() }
    return rest.isEmpty ? nil : String(rest)
  }

  private static func tokens(_ text: String) -> [String] {
    text.split(separator: " ").flatMap { token in
      [token] + token.split { !$0.unicodeScalars.allSatisfy(isWord) && !"._-+@'".contains($0) }
    }.flatMap { token in [trimmed(token), unwrapped(token)].compactMap { $0 } }
  }

  private static func mails(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    return scalars.indices.filter { scalars[$0] == "@" }.compactMap { at in
      var (from, to) = (at, at + 1)
      while from > 0, isWord(scalars[from - 1]) || "._-+%".unicodeScalars.contains(scalars[from - 1]) { from -= 1 }
      while to < scalars.count, isWord(scalars[to]) || "-.".unicodeScalars.contains(scalars[to]) { to += 1 }
      while to > at + 1, !isWord(scalars[to - 1]) { to -= 1 }
      guard from < at, to > at + 1 else { return nil }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[from..<to])
      return String(view)
    }
  }

  private static func numbers(_ words: [Word], _ string: (Int, Int) -> String) -> [String] {
    func isNumber(_ word: Word) -> Bool { word.text.utf8.allSatisfy { $0 &- 0x30 < 10 } }
    var found: [String] = []
    for (number, word) in words.enumerated() where isNumber(word) {
      var (joined, last) = (word.text, word)
      for next in words.dropFirst(number + 1).prefix(5) {
        let gap = string(last.to, next.from)
        guard isNumber(next), gap.count <= 3, gap.allSatisfy({ " -./()".contains($0) }) else { break }
        joined += next.text
        guard joined.count <= 19 else { break }
        found.append(joined)
        last = next
      }
    }
    return found
  }
}

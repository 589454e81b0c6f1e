import Documents
import Foundation
import Testing

/// Tests/Fixtures/wrong: each case is a sentence, files, and everything that is said about them.
///
/// `DECANT_RECORD=1 swift test --filter WrongFilesTests` writes what is said now; read the difference before you keep it.
struct WrongFilesTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let title: String
    var files: [(name: String, text: String)] = []
    var expected = ""
    var testDescription: String { title }
  }

  static let groups = ["1-yaml", "2-reading", "3-values", "4-secrets", "5-objects"]

  static func cases(_ group: String) -> [Case] {
    let text = (try? String(contentsOf: url(group), encoding: .utf8)) ?? ""
    var (cases, name): ([Case], String) = ([], "")
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) {
      if line.hasPrefix("== ") {
        cases.append(Case(title: String(line.dropFirst(3))))
      } else if line.hasPrefix("-- "), line.hasSuffix(" --") {
        name = String(line.dropFirst(3).dropLast(3))
        if name != "said" { cases[cases.count - 1].files.append((name, "")) }
      } else if name == "said" {
        cases[cases.count - 1].expected += line + "\n"
      } else {
        cases[cases.count - 1].files[cases[cases.count - 1].files.count - 1].text += line + "\n"
      }
    }
    return cases
  }

  private static func url(_ group: String) -> URL {
    Fixture.folder.appendingPathComponent("wrong/\(group).txtar")
  }

  private static func said(about one: Case) throws -> String {
    let files = MemoryFiles(Dictionary(uniqueKeysWithValues: one.files.map { ($0.name, $0.text) }))
    let isChosen = one.title.contains("whole declaration") || one.title.contains("chosen")
    let diagnostics = try read(files, file: isChosen ? "decant.yaml" : nil).diagnostics
    return diagnostics.map { $0.line + "\n" }.joined()
  }

  @Test(arguments: groups)
  func everythingIsSaidWithItsPlace(group: String) throws {
    let cases = Self.cases(group)
    #expect(cases.count >= 10)
    if ProcessInfo.processInfo.environment["DECANT_RECORD"] == "1" { return try Self.record(cases, group) }
    for one in cases {
      #expect(!one.expected.isEmpty, "\(one.title)")
      #expect(try Self.said(about: one) == one.expected, "\(group): \(one.title)")
    }
  }

  private static func record(_ cases: [Case], _ group: String) throws {
    let text = try cases.map { one in
      let files = one.files.map { "-- \($0.name) --\n\($0.text)" }.joined()
      return "== \(one.title)\n\(files)-- said --\n\(try said(about: one))"
    }
    try text.joined().write(to: url(group), atomically: true, encoding: .utf8)
  }

  @Test func thereAreEnough() {
    #expect(Self.groups.map { Self.cases($0).count }.reduce(0, +) >= 75)
  }

  /// The passwords of these files occur in no sentence, and in no line as it would be shown.
  @Test func noSentenceAndNoShownLineHoldsAPassword() throws {
    for one in Self.groups.flatMap(Self.cases) {
      let files = MemoryFiles(Dictionary(uniqueKeysWithValues: one.files.map { ($0.name, $0.text) }))
      for diagnostic in try read(files).diagnostics {
        let shown = diagnostic.place.flatMap { $0.source.redactedLine(Int($0.line)) } ?? ""
        for secret in ["hunter2", "ter2", "12345678"] {
          #expect(!diagnostic.line.contains(secret), "\(one.title)")
          #expect(!shown.contains(secret), "\(one.title): \(shown)")
        }
      }
    }
  }
}

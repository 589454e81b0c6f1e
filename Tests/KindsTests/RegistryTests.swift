import Foundation
import Kinds
import Reconciliation
import Testing

/// Every code has its page, and every page a reader.
struct RegistryTests {
  @Test func everyCodeIsExplained() throws {
    for entry in Catalogue.decant.codes {
      let told = entry.explanation
      #expect(!told.summary.hasSuffix(".") && told.summary.first?.isUppercase == false, "\(entry.code)")
      #expect(told.why.hasSuffix(".") && told.remedy.hasSuffix("."), "\(entry.code)")
      let page = try #require(Catalogue.decant.page(of: entry.code))
      #expect(page.contains(told.summary) && page.contains(told.why) && page.contains(told.remedy))
      #expect(
        page.contains(entry.isWaivable ? "waive: [{code: \(entry.code)" : "It cannot be waived.")
          || entry.code == "waiver_expired")
    }
    #expect(Catalogue.decant.page(of: "no_such") == nil)
  }

  /// The second explanation of a code would be shown nowhere.
  @Test func noKindExplainsACodeTwice() {
    for kind in Catalogue.decant.kinds {
      let codes = kind.conditions.map(\.code)
      let twice = Dictionary(grouping: codes) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
      #expect(twice.isEmpty, "\(twice)")
    }
  }

  /// What the code of a kind says when it observes is in its list, and nothing else is. A copy's plan says the others:
  /// rules and schema meet on a floor that knows no kind.
  @Test func conditionsInCodeAreThoseOfTheList() throws {
    let own = try Self.codes(
      in: "Sources/Kinds/Target", #"[cC]ondition\(\s*"([a-z_]+)""#,
      files: { ["Target+Observing.swift", "Target+Copying.swift"].contains($0) })
    let plans = try Self.codes(
      in: "Sources/Masking", #"(?:\.error|\.warning|\.note|[rR]efus(?:e|al)\(|Self\()[,\s]*"([a-z]+(?:_[a-z]+)+)""#)
    let copies = try Self.codes(in: "Sources/Snapshots", #"(?:CopyNote|CopyProblem)\([^"]*"([a-z_]+)""#)
    let covered = try Self.codes(in: "Sources/Verification/Coverage", #"case [a-z]+ = "([a-z]+_[a-z]+)""#)
    let composed = ["source_reachable", "destination_reachable"]
    let listed = Set(Catalogue.decant.codes.filter { $0.nature == .condition }.map(\.code))
    let said = own.union(plans).union(copies).union(covered).union(composed)
    #expect(said.subtracting(listed).isEmpty, "without a page: \(said.subtracting(listed).sorted())")
    #expect(listed.subtracting(said).isEmpty, "said nowhere: \(listed.subtracting(said).sorted())")
  }

  private static func codes(
    in folder: String, _ pattern: String, files: (String) -> Bool = { $0.hasSuffix(".swift") }
  ) throws -> Set<String> {
    let root = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(folder)
    let expression = try NSRegularExpression(pattern: pattern)
    let all = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    var found: Set<String> = []
    for case let file as URL in all where file.pathExtension == "swift" && files(file.lastPathComponent) {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in expression.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        if let range = Range(match.range(at: 1), in: text) { found.insert(String(text[range])) }
      }
    }
    return found
  }

  @Test func pagesAreLinkedFromTheIndex() throws {
    let files = GeneratedFiles.all(for: .decant).filter { $0.path.hasPrefix("docs/findings/") }
    let index = try #require(files.first { $0.path == "docs/findings/README.md" }?.text)
    for file in files where file.path != "docs/findings/README.md" {
      let name = file.path.split(separator: "/").last.map(String.init) ?? ""
      #expect(index.contains("](\(name))"), "\(name)")
      #expect(file.text.hasSuffix("\n") && !file.text.hasSuffix("\n\n") && !file.text.contains("\n\n\n"), "\(name)")
    }
    #expect(files.count == Set(Catalogue.decant.codes.map(\.code)).count + 1)
  }

  @Test func aWaiverOfNothingIsSaid() throws {
    let reading = try read(
      """
      targets:
        t:
          snapshot: {src_url: "${A}"}
          waive:
            - {code: tls_unverified, reason: fine}
            - {code: no_cheks, reason: typo}
            - {reason: other, code: xyz}
      """)
    #expect(
      reading.diagnostics.map(\.line) == [
        "decant.yaml:6:16 unknown_code: no finding and no condition has the code `no_cheks`\n  ^ did you mean `no_checks`?",
        "decant.yaml:7:31 unknown_code: no finding and no condition has the code `xyz`\n  = the codes: docs/findings/README.md",
      ])
  }
}

import Documents
import Foundation
import Testing

@testable import Reconciliation
@testable import decant

/// What holds of every rendering of every report.
struct RenderingPropertyTests {
  private func reports(_ count: Int, seed: UInt64, size: Int = 12) -> [Report] {
    var random = RandomReports(seed: seed)
    return (0..<count).map { _ in random.report(size: size) }
  }

  @Test func everyRenderingShowsTheSameNumbers() throws {
    for report in reports(150, seed: 1) {
      let expected = Dictionary(uniqueKeysWithValues: Tally(report).entries.map { ($0.name, $0.number) })
      #expect(!expected.isEmpty)
      #expect(try numbers(inHTML: HTMLReport(report).text) == expected)
      #expect(numbers(inSARIF: SARIFLog(report).json) == expected)
      #expect(numbers(inMarkdown: MarkdownReport(report).text) == expected.filter { $0.value > 0 })
      try agree(report.json, expected)
    }
  }

  /// The JSON report has its own numbers, and the lists themselves.
  private func agree(_ json: Value, _ expected: [String: Int]) throws {
    for verb in Action.Verb.allCases where json["summary"] != nil {
      #expect(json["summary", verb.rawValue]?.integer == expected[verb.rawValue])
      #expect(json["actions"]?.list?.count { $0["action"]?.string == verb.rawValue } == expected[verb.rawValue])
    }
    #expect(json["summary", "blocked"]?.integer == expected["held_back"])
    #expect(json["drift"]?.list?.count == expected["drifted"])
    for word in Outcome.words where json["applied"] != nil {
      #expect(json["applied", word]?.integer == expected[word])
    }
    let rehearsed = (json["preflight"]?.list ?? []).flatMap { $0["conditions"]?.list ?? [] }
    let conditions = (json["conditions"]?.list ?? []) + rehearsed
    #expect(json["preflight"]?.list?.count { $0["can_run"] == false } == expected["could_not_run"])
    #expect(conditions.count { $0["state"] == "holds" } == expected["conditions_hold", default: 0])
    #expect(conditions.count { $0["state"] == "unknown" } == expected["conditions_unknown", default: 0])
  }

  private func numbers(inHTML page: String) throws -> [String: Int] {
    let pattern = /data-count="([a-z_]+)"><b>([0-9,]+)<\/b>/
    var numbers: [String: Int] = [:]
    for match in page.matches(of: pattern) { numbers[String(match.1)] = number(match.2) }
    return numbers
  }

  private func numbers(inSARIF log: Value) -> [String: Int] {
    let properties = log["runs"]?.list?.first?["properties"]?.object ?? Fields()
    var numbers: [String: Int] = [:]
    for entry in properties.entries { numbers[entry.key] = entry.value.integer }
    return numbers
  }

  /// The second line of the heading.
  private func numbers(inMarkdown text: String) -> [String: Int] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 3, lines[2].hasSuffix("  ") else { return [:] }
    var numbers: [String: Int] = [:]
    for part in String(lines[3]).components(separatedBy: ", ") {
      let words = part.split(separator: " ").map(String.init)
      numbers[words.dropFirst().joined(separator: "_")] = number(words.first ?? "")
    }
    return numbers
  }

  private func number(_ text: some StringProtocol) -> Int { Int(String(text).filter { $0 != "," }) ?? -1 }

  @Test func sarifHasAResultForEachThingThatIsSaid() {
    for report in reports(100, seed: 2) {
      let results = SARIFLog(report).json["runs"]?.list?.first?["results"]?.list ?? []
      let verifications = report.verifications ?? []
      let checks = verifications.flatMap(\.shown).count { $0.standing != .passed }
      let told = report.diagnostics.count + report.problems.count + checks + verifications.count { $0.failure != nil }
      #expect(results.count == told)
      let identities = results.compactMap { $0["partialFingerprints", "decantIdentity/v1"]?.string }
      #expect(Set(identities).count == results.count)
      let waived = results.count { $0["suppressions"]?.list?.isEmpty == false }
      #expect(waived == report.problems.count { $0.standing == .waived })
    }
  }

  @Test func theCommentFitsAndCountsWhatDoesNot() {
    for (index, report) in reports(40, seed: 3, size: 3_000).enumerated() {
      let text = MarkdownReport(report).text
      #expect(text.utf8.count <= 60_000, "report \(index)")
      guard let plan = report.plan, report.command != "drift" else { continue }
      let section = text.components(separatedBy: "### Actions\n").last ?? ""
      let shown = plan.actions.count { $0.verb != .delete }
      let lines = section.split(separator: "\n")
      let folded = lines.count { $0.hasPrefix("<details>") || $0.hasPrefix("<code>") && $0.contains("</code> ") }
      #expect(folded + more(in: section) == shown, "report \(index)")
    }
  }

  /// "… and 1,212 more updates, 3 more creates of the same kind"
  private func more(in section: String) -> Int {
    guard let line = section.split(separator: "\n").first(where: { $0.hasPrefix("… and ") }) else { return 0 }
    return line.matches(of: /([0-9,]+) more/).reduce(0) { $0 + number($1.1) }
  }

  @Test func nothingInACommentBreaksOutOrCallsAnybody() {
    for report in reports(200, seed: 4, size: 20) {
      let text = outsideCode(MarkdownReport(report).text, of: report)
      #expect(text.components(separatedBy: "<!--").count == 2)
      #expect(text.hasSuffix(" -->\n"))
      let tags = Set(text.matches(of: /<\/?([a-z!]+)/).map { String($0.1) })
      #expect(tags.isSubset(of: ["details", "summary", "code", "b", "br", "!"]), "\(tags)")
      for name in ["details", "summary", "code", "b"] {
        let (opened, closed) = (text.components(separatedBy: "<\(name)>"), text.components(separatedBy: "</\(name)>"))
        #expect(opened.count == closed.count, "\(name)")
      }
      #expect(!text.contains("@"), "a mention")
      // The mark alone holds names in another spelling.
      let shown = text.split(separator: "\n").dropLast().joined(separator: "\n")
      #expect(!shown.contains("](") && !shown.contains("://") && !shown.contains("www."))
      #expect(!text.unicodeScalars.contains { $0 != "\n" && isActing($0) })
      for line in text.split(separator: "\n") where line.hasPrefix("|") {
        #expect([3, 4, 5, 6].contains(line.count { $0 == "|" }), "\(line)")
      }
    }
  }

  /// Without the line of the command, in which nothing means anything: it is between fences, and no fence is in it.
  private func outsideCode(_ text: String, of report: Report) -> String {
    guard let command = report.applyCommand else { return text }
    let fenced = "\n```sh\n\(command)\n```\n"
    #expect(text.components(separatedBy: fenced).count == 2 && command.hasPrefix("decant apply "))
    #expect(!command.unicodeScalars.contains { isActing($0) })
    return text.replacing(fenced, with: "")
  }

  /// Outside code a mention is found in the text that the references spell.
  @Test func whatCallsPeopleIsFollowedByASpaceWithoutWidth() {
    #expect(MarkdownText.sentence("ask @org/team about #12") == "ask &#64;&#8203;org/team about &#35;&#8203;12")
    #expect(MarkdownText.sentence("see `a|b` and !7") == "see <code>a&#124;b</code> and &#33;&#8203;7")
    #expect(MarkdownText.sentence("one ` alone") == "one &#96; alone")
    #expect(MarkdownText.code("users.backup_email") == "<code>users.backup_email</code>")
    #expect(MarkdownText.code("_a_ *b*") == "<code>&#95;a&#95; &#42;b&#42;</code>")
  }

  @Test func theMarkHoldsNoWayOut() {
    #expect(MarkdownReport.marked("my-shop") == "my-shop")
    #expect(MarkdownReport.marked("a--b> c") == "a-%2Db%3E%20c")
    #expect(MarkdownReport.marked("é") == "%C3%A9")
  }

  /// What is said of a report in one sentence or two; none of it may be missing on a page.
  @Test func partsRefusalsAndEarlierRunsAreTold() throws {
    var random = RandomReports(seed: 6)
    var told = 0
    for _ in 0..<150 {
      let report = random.report()
      let sentences = [
        report.plan?.partial?.sentence, report.refusalSentence, report.result?.doneBeforeSentence,
      ].compactMap { $0 }
      told += sentences.count
      let (page, comment) = (HTMLReport(report).text, MarkdownReport(report).text)
      for sentence in sentences {
        #expect(page.contains(Markup.text(sentence).html))
        #expect(comment.contains(MarkdownText.sentence(sentence, limit: 2_000)))
      }
      if report.plan?.partial != nil, report.command == "plan" {
        #expect(report.headline.lowercased().contains("part"))
      }
    }
    #expect(told > 25)
  }

  /// One word for `sh`, whatever a pattern or a path holds.
  @Test func theCommandIsReadByAShellAsItIsMeant() throws {
    var random = RandomReports(seed: 8)
    for _ in 0..<20 {
      var report = Report(command: "plan")
      var plan = random.plan(6)
      while plan.actions.isEmpty || !plan.brake.isEmpty || plan.partial == nil { plan = random.plan(6) }
      report.plan = plan
      let selection = try #require(plan.partial).selection
      let patterns = selection.only.flatMap { ["--only", $0] } + selection.except.flatMap { ["--except", $0] }
      let command = try #require(report.applyCommand).replacing(
        "decant apply", with: "printf '%s\\n'", maxReplacements: 1)
      let answer = try Machine.run("/bin/sh", ["-c", command])
      let expected = (patterns + ["--digest", plan.digest]).map(Text.shown)
      #expect(answer.output == expected.joined(separator: "\n") + "\n")
    }
    #expect(Text.word("plans/pr-7.plan") == "plans/pr-7.plan")
    #expect(Text.word("it's") == "'it'\\''s'")
  }

  private func isActing(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  @Test func pagesAreWellFormedAndAskForNothing() throws {
    let folder = try Workspace([:])
    for (index, report) in reports(60, seed: 5).enumerated() {
      let page = HTMLReport(report).text
      #expect(page.contains("Content-Security-Policy"))
      #expect(page.firstMatch(of: /(?i)<(script|img|iframe|link|object|embed|form|base)\b/) == nil)
      #expect(page.firstMatch(of: /(?i)<[^>]+\s(src|href|on[a-z]+|style)=/) == nil)
      let style = page.components(separatedBy: "<style>").dropFirst().first?.components(separatedBy: "</style>").first
      #expect(style?.contains("url(") == false && style?.contains("@import") == false)
      #expect(!page.unicodeScalars.contains { $0 != "\n" && isActing($0) })
      try folder.write(page, to: "\(index).html")
    }
    let script = "import sys, xml.dom.minidom as d\nfor p in sys.argv[1:]: d.parse(p)"
    let names = (0..<60).map { "\($0).html" }
    let answer = try Machine.run("/usr/bin/env", ["python3", "-c", script] + names, in: folder.folder)
    #expect(answer.status == 0 || answer.error.contains("No such file"), "\(answer.error)")
  }

  @Test func thePolicyNamesTheStyleByItsDigest() {
    // RFC 4648, section 10, and the SHA-256 of the empty text.
    let hex = { (text: String) in text.utf8.map { String($0, radix: 16) }.joined() }
    for (text, expected) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
      #expect(Stylesheet.base64(hexadecimal: hex(text)) == expected)
    }
    #expect(Stylesheet.base64(hexadecimal: sha256("")) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
  }
}

/// Originals in clear are for eyes on a terminal.
struct ClearOriginalsTests {
  @Test func areInNoFormThatIsKept() {
    var random = RandomReports(seed: 77)
    var shown = 0
    for _ in 0..<60 {
      var report = Report(command: "refresh")
      let preflight = random.preflight()
      report.preflights = [preflight]
      shown += preflight.cells.count
      for form in [ReportForm.json, .markdown, .html, .sarif] {
        #expect(!form.text(of: report).contains(RandomReports.clear))
      }
    }
    #expect(shown > 50)
  }
}

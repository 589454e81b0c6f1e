import Foundation
import TestServers
import Testing

/// What `decant verify` writes of a copy with clear values in it: every form says where they are, and none says what they
/// are or what stands around them.
@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer))
struct VerifyReportsTests {
  private static let made = Result { try VerifiedSite("reports") }
  private static let forms = ["html", "sarif", "markdown", "junit"]
  /// Of an original, and of the sentence that it stands in.
  private static let clear = ["Wagner", "Montag", "Rückruf", "dringend", "user44", "corp.example"]

  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  /// The same run in all forms, after the original of user 44 was written into two notes.
  private func written() throws -> (ended: Ended, texts: [String: String]) {
    let site = try Self.made.get()
    try site.run(
      "UPDATE orders SET note = 'Frau Wagner bat am Montag um Rückruf: user44@corp.example, dringend' WHERE id IN (4, 5)"
    )
    defer { try? site.restore() }
    let words = Self.forms.flatMap { ["--\($0)", "report.\($0)"] }
    let ended = try site.workshop.run(["verify", "shop", "--json"] + words, site.variables)
    var texts = ["json": ended.output]
    for form in Self.forms {
      texts[form] = try String(contentsOfFile: "\(site.workshop.folder)/report.\(form)", encoding: .utf8)
    }
    return (ended, texts)
  }

  @Test func everyFormSaysWhereAndNoneSaysWhat() throws {
    let (ended, texts) = try written()
    #expect(ended.status == 8, "\(ended.all)")
    #expect(texts.count == Self.forms.count + 1)
    for (form, text) in texts {
      #expect(text.contains("orders.note") || text.contains("orders&#46;note"), "\(form): \(text.prefix(2_000))")
      for word in Self.clear { #expect(!text.contains(word), "\(form) says \(word)") }
    }
    for word in Self.clear { #expect(!ended.error.contains(word)) }
    #expect(texts["json"]?.contains("u***@c***") == true && texts["html"]?.contains("u***@c***") == true)
  }

  /// A bar for the checks together, and one for the only place that was found, as long as there is room.
  @Test func thePageHasItsBarsAndAsksForNothing() throws {
    let page = try #require(try written().texts["html"])
    let bars = page.components(separatedBy: "<svg class=\"bar\"").dropFirst()
    #expect(bars.first?.contains("<rect class=\"bad\"") == true, "\(page.prefix(4_000))")
    #expect(
      bars.contains { $0.contains("aria-label=\"count\"") && $0.contains("<rect class=\"bad\" x=\"0\" width=\"1000\"") }
    )
    #expect(page.contains("Found by leak") && page.contains("default-src &#39;none&#39;"))
    #expect(page.firstMatch(of: /(?i)<(script|img|iframe|link|object|embed|form|base)\b/) == nil)
    #expect(page.firstMatch(of: /(?i)<[^>]+\s(src|href|on[a-z]+|style)=/) == nil)
  }

  @Test(.enabled(if: JSONSchema.isAvailable, "python3 with jsonschema is missing (pip install jsonschema)"))
  func theLogIsAsTheStandardSays() throws {
    let (_, texts) = try written()
    let site = try Self.made.get()
    let clean = try site.workshop.run(["verify", "shop", "--sarif"], site.variables)
    #expect(clean.status == 0, "\(clean.all)")
    for (name, log) in [("damaged", texts["sarif"] ?? ""), ("clean", clean.output)] {
      let complaints = try Self.complaints(about: log)
      #expect(complaints.isEmpty, "\(name): \(complaints.prefix(2_000))")
    }
    let wrong = (texts["sarif"] ?? "").replacing("\"version\": \"2.1.0\"", with: "\"version\": \"1\"")
    #expect(try !Self.complaints(about: wrong).isEmpty)
    let failed = try results(texts["sarif"] ?? "").filter { $0["level"] as? String == "error" }
    #expect(failed.compactMap { $0["ruleId"] as? String } == ["check_failed"])
    let message = (failed.first?["message"] as? [String: Any])?["text"] as? String ?? ""
    #expect(message.hasPrefix("leak: 1 place, 2 values") && message.contains("orders.note: "), "\(message)")
    #expect(try results(clean.output).allSatisfy { $0["level"] as? String != "error" })
  }

  private func results(_ log: String) throws -> [[String: Any]] {
    let log = try JSONSerialization.jsonObject(with: Data(log.utf8)) as? [String: Any]
    return ((log?["runs"] as? [[String: Any]])?.first?["results"] as? [[String: Any]]) ?? []
  }

  /// What is wrong with a log by the schema of the part of the standard that is written.
  private static func complaints(about log: String) throws -> String {
    let schema = repository.appendingPathComponent("Tests/Fixtures/sarif/written-part.schema.json")
    return try JSONSchema.complaints(about: [log], by: String(contentsOf: schema, encoding: .utf8))
  }
}

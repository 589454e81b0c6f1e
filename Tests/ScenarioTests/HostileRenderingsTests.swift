import Documents
import Foundation
import Testing

/// The names that an object can have at all, through everything that is written for a browser, a code host, a drawing
/// program or another declaration.
@Suite("Hostile names in renderings", .timeLimit(.minutes(30)))
struct HostileRenderingsTests {
  private let names = HostileNames.all.filter { name in
    let hasControl = name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    return !hasControl && !name.hasPrefix(" ") && !name.hasSuffix(" ")
  }

  /// A group and a target for each name; each target has a finding, a reference and two conditions.
  private func stage() throws -> StoryStage {
    let groups = names.map { "  \(HostileNames.yaml($0)): {description: \(HostileNames.yaml($0))}\n" }.joined()
    let targets = names.map { name in
      """
        \(HostileNames.yaml(name)):
          snapshot:
            src_url: "postgresql://a@127.0.0.1:1/x?sslmode=require"
            dst_url: "postgresql://a@127.0.0.1:1/\(HostileNames.url(name))?sslmode=require"
          sanitize: {policy: pii}
          sso_groups: [\(HostileNames.yaml(name))]

      """
    }.joined()
    let policy = "sanitizations:\n  pii: {tables: {users: {columns: {email: {strategy: email}}}}}\n"
    let declaration = "\(policy)sso_groups:\n\(groups)targets:\n\(targets)"
    return try StoryStage(Story(sentence: "Names.\n", files: [("decant.yaml", declaration)]))
  }

  /// Plays a command; what it prints is harmless, and it ran nothing.
  @discardableResult
  private func play(_ command: String, _ stage: StoryStage) throws -> String {
    let output = try stage.play(command)
    #expect(HostileNames.acting(in: output) == [], "\(command)")
    let made = try FileManager.default.contentsOfDirectory(atPath: stage.folder.path)
    #expect(!made.contains("PWNED"), "\(command) ran what a name says")
    return output
  }

  /// Names in which nothing is hidden, so that a page has to hold them as they are.
  private var plain: [String] { names.filter { HostileNames.acting(in: $0) == [] } }

  private func escaped(_ name: String) -> String {
    [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")]
      .reduce(name) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }

  @Test func aPageShowsThemAndIsWellFormed() throws {
    let stage = try stage()
    let page = try play("decant plan --no-observe --html", stage)
    let missing = plain.filter { !page.contains("<code>target.\(escaped($0))</code>") }
    #expect(missing == [] && plain.count > 100)
    let tags = Set(page.matches(of: /<\/?([^\s>\/]+)/).map { String($0.1) })
    let known: Set = [
      "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "p", "ul", "li", "b",
      "span", "section", "code", "details", "summary", "div", "table", "thead", "tbody", "tr", "th", "td", "pre", "svg",
      "g", "rect", "path", "text", "defs", "marker", "br", "tspan",
    ]
    #expect(tags.subtracting(known) == [])
    let parse = "python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.stdin)' && echo parsed"
    #expect(try play("decant plan --no-observe --html | \(parse)", stage) == "parsed\n")
  }

  @Test func aCommentLinksAndCallsNobody() throws {
    let stage = try stage()
    let comment = try play("decant plan --no-observe --markdown", stage)
    #expect(comment.utf8.count <= 60_000)
    let outside = comment.replacing(/```sh\n[^\n]*\n```/, with: "")
    #expect(!outside.contains("](") && !outside.contains("```") && !outside.contains("@"))
    let tags = Set(outside.matches(of: /<\/?([a-z]+)/).map { String($0.1) })
    #expect(tags.subtracting(["details", "summary", "code", "b", "br"]) == [])
    let rows = outside.split(separator: "\n").filter { $0.hasPrefix("| warning") }
    #expect(rows.count > 10)
    #expect(rows.allSatisfy { row in row.count { $0 == "|" } == 4 }, "a name does not make a column")
  }

  @Test func aLogNamesEachTarget() throws {
    let stage = try stage()
    let log = try JSON.read(play("decant plan --no-observe --sarif", stage))
    let results = log["runs"]?.list?.first?["results"]?.list ?? []
    let warned = results.filter { $0["ruleId"] == "tls_unverified" }.compactMap {
      $0["locations"]?.list?.first?["logicalLocations"]?.list?.first?["fullyQualifiedName"]?.string
    }
    let missing = plain.filter { !warned.contains("target.\($0).snapshot.dst_url") }
    #expect(missing == [])
    // What is refused as a name is quoted in a diagnostic.
    let refused = HostileNames.all.map { "  \(HostileNames.yaml($0)): {}\n" }.joined()
    try "sso_groups:\n\(refused)".write(
      to: stage.folder.appendingPathComponent("decant.yaml"), atomically: true, encoding: .utf8)
    for form in ["--sarif", "--html", "--markdown"] { try play("decant validate \(form)", stage) }
  }

  @Test func drawingsHaveANodeForEach() throws {
    let stage = try stage()
    let dot = try play("decant graph", stage)
    let nodes = dot.split(separator: "\n").filter { $0.contains("[label=\"") }
    #expect(nodes.count == 2 * names.count + 1)
    // A quotation mark inside is behind an odd number of backslashes.
    let whole = /\s\sn[0-9]+ \[label="(?:[^"\\]|\\["\\])*"\];/
    #expect(nodes.allSatisfy { $0.wholeMatch(of: whole) != nil })
    let mermaid = try play("decant graph --format mermaid --plan", stage).split(separator: "\n")
    let labelled = /\s\sn[0-9]+\["(?:[^"\[\]{}()<>|`\\;]|#[0-9]+;)*"\](?::::create)?/
    let drawn = mermaid.filter { $0.contains("[\"") }
    #expect(drawn.count == 2 * names.count + 1)
    #expect(drawn.allSatisfy { $0.wholeMatch(of: labelled) != nil })
    let parse = "python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.stdin)' && echo parsed"
    #expect(try play("decant graph --format svg | \(parse)", stage) == "parsed\n")
    let takes = "dot -Tplain | grep -c ^node"
    let count = try play("command -v dot >/dev/null && decant graph | \(takes) || echo none", stage)
    #expect(["\(2 * names.count + 1)\n", "none\n"].contains(count))
  }

  /// What is exported is the declaration again, letter by letter, also as JSON.
  @Test func whatIsExportedComesBack() throws {
    let stage = try stage()
    let control = "DECANT_CONTROL_PLANE=sqlite:control.db"
    try play("\(control) decant apply --no-observe --auto-approve --quiet", stage)
    for form in ["", " --json"] {
      try play("mkdir -p again; \(control) decant export\(form) > again/decant.yaml && cat again/decant.yaml", stage)
      let plan = "decant plan --no-observe --detailed-exitcode --quiet -f again/decant.yaml --workspace shop"
      let again = try play("\(control) \(plan)", stage)
      let isSame = again.hasPrefix("No changes. \(2 * names.count + 1) objects match")
      #expect(isSame, "\(again.suffix(600))")
    }
  }
}

import Seeded
import Testing

@testable import Reconciliation

struct TemplateTests {
  static let spellings: [(text: String, normal: String, variables: [String])] = [
    ("", "", []),
    ("plain", "plain", []),
    ("${A}", "${A}", ["A"]),
    ("{{`A` | env}}", "${A}", ["A"]),
    ("{{ `A`|env }}", "${A}", ["A"]),
    ("{{\"A\" | env}}", "${A}", ["A"]),
    ("a${B}c{{`D` | env}}", "a${B}c${D}", ["B", "D"]),
    ("{{`text`}}", "text", []),
    ("{{`}}`}}", "}}", []),
    ("{{`${A}`}}", "{{`${A}`}}", []),
    ("{{`{{`}}", "{{`{{`}}", []),
    ("$A {x} }}", "$A {x} }}", []),
    ("$${A}", "$${A}", ["A"]),
    ("{${A}", "{${A}", ["A"]),
  ]

  @Test(arguments: spellings)
  func readsAllSpellings(text: String, normal: String, variables: [String]) throws {
    let template = try Template(text)
    #expect(template.normalForm == normal)
    #expect(template.variables == variables)
    #expect(try Template(template.normalForm) == template)
  }

  @Test(arguments: [
    "${A", "{{`A`", "{{ A }}", "{{`A` | upper}}", "${1A}", "${A-B}", "${}", "{{`A` env}}", "{{`ä` | env}}",
  ])
  func refusesWithoutQuoting(text: String) {
    let error = #expect(throws: Template.Malformed.self) { try Template("hunter2\(text)hunter2") }
    #expect(error?.reason.contains("hunter2") == false)
  }

  @Test func keepsNothingOfAText() throws {
    let template = try Template("pass${A}word")
    #expect(template.withoutText == "(literal)${A}(literal)")
    #expect(template.holdsText && template.literal == nil)
    #expect(try Template("${A}").withoutText == "${A}")
  }

  @Test func putsValuesInOnce() throws {
    let template = try Template("${A}/${B}")
    #expect(try template.resolved { ["A": "${B}", "B": "b"][$0] } == "${B}/b")
    #expect(throws: UnsetVariable(name: "B")) { try template.resolved { $0 == "A" ? "" : nil } }
  }

  /// Whatever text is wrapped, its normal form reads as the same text.
  @Test func normalFormOfAnyTextIsThatText() throws {
    var random = SeededRandom(seed: 1)
    let pieces = ["$", "{", "}", "`", "{{", "}}", "${", "A", "|", " ", "env", "\"", "\\"]
    for _ in 0..<5_000 {
      let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      let template = Template(parts: text.isEmpty ? [] : [.text(text)])
      #expect(try Template(template.normalForm).literal == text, "\(text)")
      let mixed = Template(parts: template.parts + [.variable("V")] + template.parts)
      #expect(try Template(mixed.normalForm) == mixed, "\(text)")
    }
  }
}

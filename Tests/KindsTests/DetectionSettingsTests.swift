import Documents
import Kinds
import Reconciliation
import Testing

/// The block `decant.detection`: what is read, and what is refused.
struct DetectionSettingsTests {
  private func told(_ block: String) throws -> [String] {
    try read("decant:\n  detection:\n\(block)\n").diagnostics.flatMap {
      $0.line.split(separator: "\n").map(String.init)
    }
  }

  @Test func aDetectorThatIsNotThereIsAnErrorWithASuggestion() throws {
    let lines = try told("    detectors: {phnoe: {threshold: 0.9}}")
    #expect(lines.first == "decant.yaml:3:17 unknown_key: `phnoe` is not a key of `detectors`")
    #expect(lines.dropFirst().first == "  ^ did you mean `phone`?")
  }

  @Test func thresholdsAreShares() throws {
    #expect(try told("    threshold: 1.5").first?.contains("bad_value") == true || told("    threshold: 1.5").count > 0)
    #expect(try told("    detectors: {phone: {threshold: 0}}").count > 0)
    #expect(try told("    threshold: 0.7\n    detectors: {phone: {off: nobody calls}}").isEmpty)
  }

  @Test func aPatternIsOfSomethingAndHasANameOfItsOwn() throws {
    #expect(
      try told("    patterns: {phone: {shape: \"##\"}}") == [
        "decant.yaml:3:16 bad_pattern: a pattern cannot have the name of the detector `phone`"
      ])
    #expect(
      try told("    patterns: {staff: {title: a number}}") == [
        "decant.yaml:3:16 bad_pattern: the pattern `staff` has neither a `shape` nor `columns`: nothing is of it"
      ])
    #expect(try told("    patterns:\n      - {name: staff, shape: \"EMP-####\", columns: [staff number]}").isEmpty)
  }

  @Test func whatIsUsualIsLeftOut() throws {
    let settings = try read(
      """
      decant:
        detection: {threshold: 0.5, detectors: {fi_hetu: {off: no customer is Finnish}}, patterns: {staff: {shape: "E-##"}}}
      """
    ).declaration.settings
    #expect(
      settings.spec["detection"] == [
        "detectors": ["fi_hetu": ["off": "no customer is Finnish"]], "patterns": ["staff": ["shape": "E-##"]],
      ])
  }
}

import Documents
import Reconciliation
import Testing
import Verification

@testable import Snapshots

/// What `decant.detection` says, as the classifier takes it.
struct DetectionSettingsTests {
  /// The schema cannot ask the detectors: it is written below them, so that a mistake in a name has a suggestion.
  @Test func everyDetectorCanBeNamed() {
    let built = [any Detector].builtIn.map(\.kind)
    #expect(Set(DetectionSettingsSchema.detectors) == Set(built + ["free_text"]))
  }

  @Test func theBlockIsTakenAsItIs() {
    let settings = DetectionSettings([
      "threshold": .number(0.7), "inside_share": .number(0.1),
      "detectors": ["phone": ["threshold": .integer(1)], "mac": ["off": "no devices here"]],
      "patterns": [
        "staff": [
          "title": "a staff number", "shape": "EMP-####", "columns": ["Staff Number"], "threshold": .number(0.3),
        ],
        "desk": ["columns": ["desk"]],
      ],
    ])
    #expect(
      settings
        == DetectionSettings(
          threshold: 0.7, thresholds: ["phone": 1, "staff": 0.3], ignored: ["mac"], insideShare: 0.1,
          patterns: [
            ExtraPattern(kind: "desk", title: "desk", names: ["desk"]),
            ExtraPattern(kind: "staff", title: "a staff number", shape: "EMP-####", names: ["staff number"]),
          ]))
    #expect(DetectionSettings(nil) == DetectionSettings())
  }
}

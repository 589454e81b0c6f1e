import Documents
import Kinds
import Reconciliation

/// Diagnostics, findings and failing conditions in the Static Analysis Results Interchange Format, version 2.1.0
/// (OASIS standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/): what code hosts show beside the lines of a change.
struct SARIFLog {
  let report: Report
  private let results: [SARIFResult]

  init(_ report: Report) {
    self.report = report
    let checks = (report.verifications ?? []).flatMap { verification in
      [SARIFResult(verification)] + verification.shown.map { SARIFResult($0, of: verification) }
    }
    let found = report.diagnostics.map { SARIFResult($0) } + report.problems.map { SARIFResult($0) }
    results = SARIFResult.distinguished(found + checks.compactMap(\.self))
  }

  var json: Value {
    [
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0", "runs": .list([run]),
    ]
  }

  private var run: Value {
    let codes = Set(results.map(\.code)).sorted()
    let positions = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, $0) })
    var properties = Fields(Tally(report).entries.map { ($0.name, .integer($0.number)) })
    properties["headline"] = .string(Text.shown(report.headline))
    return [
      "tool": [
        "driver": [
          "name": "decant", "version": .string(VersionCommand.version),
          "semanticVersion": .string(VersionCommand.version),
          "rules": .list(codes.map { code in rule(code, results.filter { $0.code == code }) }),
        ]
      ],
      "automationDetails": ["id": .string("decant/\(report.command)/\(Text.shown(report.workspace ?? "unknown"))")],
      "columnKind": "unicodeCodePoints", "invocations": .list([invocation]), "properties": .object(properties),
      "results": .list(results.map { $0.json(rule: positions[$0.code] ?? 0) }),
    ]
  }

  private var invocation: Value {
    var fields: Fields = [
      "executionSuccessful": .bool(report.error == nil), "exitCode": .integer(Int(report.exit.rawValue)),
      "exitCodeDescription": .string(report.exit.name),
    ]
    if let error = report.error {
      fields["toolExecutionNotifications"] = [
        ["level": "error", "message": ["text": .string(Text.shown(error))]]
      ]
    }
    return .object(fields)
  }

  /// The page of the code is named by its path in this repository and not as `helpUri`, which has to be absolute
  /// (section 3.49.12).
  private func rule(_ code: String, _ results: [SARIFResult]) -> Value {
    let told = Catalogue.decant.codes.first { $0.code == code }?.explanation
    let words = told?.summary ?? code.replacing("_", with: " ")
    let page = "docs/findings/\(code).md"
    let help =
      told.map { "\($0.why) \($0.remedy)" } ?? ShownCheck.explanations[code]
      ?? "A mistake in the files; the message says what to write instead."
    let worst = results.map(\.severity).min() ?? .note
    var properties: Fields = ["tags": .list(Set(results.map(\.tag)).sorted().map { .string($0) })]
    properties["documentation"] = told.map { _ in .string(page) }
    return [
      "id": .string(code), "name": .string(SARIFLog.pascal(code)),
      "shortDescription": ["text": .string(words.prefix(1).uppercased() + words.dropFirst())],
      "help": [
        "text": .string(help), "markdown": .string(told == nil ? help : "\(help)\n\nSee `\(page)`."),
      ],
      "defaultConfiguration": ["level": .string(worst.rawValue)],
      "properties": .object(properties),
    ]
  }

  /// `same_source_and_destination` → `SameSourceAndDestination` (section 3.49.7).
  private static func pascal(_ code: String) -> String {
    code.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}

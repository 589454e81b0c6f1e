import Documents
import Reconciliation

extension Renderer {
  func addDiagnostics(_ report: Report, to blocks: inout Blocks) {
    for diagnostic in report.diagnostics.prefix(Self.mostDiagnostics) { blocks.add(lines(of: diagnostic)) }
    let more = report.diagnostics.count - Self.mostDiagnostics
    if more > 0 { blocks.add(["And \(Text.counted(more, "more")); --json has them all."]) }
    guard !report.diagnostics.isEmpty else { return }
    blocks.add([report.diagnosticsSentence])
  }

  /// More than anybody mends in one go.
  private static let mostDiagnostics = 200

  private func lines(of diagnostic: Diagnostic) -> [String] {
    let title = style.paint(
      "\(diagnostic.severity.rawValue)[\(diagnostic.code)]", diagnostic.severity == .error ? .red : .yellow)
    var lines = ["\(title): \(Text.shown(diagnostic.message))"]
    let notes = diagnostic.notes.flatMap { Text.wrapped($0, to: width - 8) }.map(Text.shown)
    guard let place = diagnostic.place else {
      return lines + notes.map { "  = \($0)" }
    }
    let gutter = String(repeating: " ", count: String(place.line).count)
    lines.append("\(gutter)--> \(Text.shown(place.description))")
    lines += excerpt(at: place, diagnostic.label, gutter)
    return lines + notes.enumerated().map { "\(gutter) \($0 == 0 ? "=" : " ") \($1)" }
  }

  /// The line itself with a caret under what is meant; secrets on it are hidden, and a long line is cut around it.
  private func excerpt(at place: Place, _ label: String?, _ gutter: String) -> [String] {
    guard let whole = place.source.redactedLine(Int(place.line)) else { return [] }
    let scalars = Array(whole.unicodeScalars)
    let start = max(0, min(Int(place.column) - 1, scalars.count))
    let length = max(1, min(Int(place.length), scalars.count - start))
    let first = start > width - 30 ? start - 20 : 0
    let visible = scalars[first...].prefix(width - 10)
    let text = visible.map { Text.isPlain($0) ? Character($0) : "·" }
    let indent = String(repeating: " ", count: start - first)
    let carets = String(repeating: "^", count: min(length, max(1, width - 10 - (start - first))))
    let mark = style.paint([carets, label.map(Text.shown)].compactMap { $0 }.joined(separator: " "), .red)
    return ["\(gutter) |", "\(place.line) | \(String(text))".trimmedAtEnd, "\(gutter) | \(indent)\(mark)"]
  }
}

extension Text {
  /// One column wide and without effect on a terminal; tabs and the like are shown as a dot, so that carets fit.
  static func isPlain(_ scalar: Unicode.Scalar) -> Bool { shown(String(scalar)) == String(scalar) }
}

extension Renderer {
  /// What `validate` says when the files could be read.
  func addValidation(_ report: Report, to blocks: inout Blocks) {
    if !output.quiet { blocks.add(section("Findings", findingLines(report.findings))) }
    blocks.add(["\(report.headline)."])
  }
}

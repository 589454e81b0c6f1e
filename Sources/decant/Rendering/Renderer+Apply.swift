import Reconciliation

extension Renderer {
  /// One line for each outcome, as it comes.
  func line(of outcome: Outcome) -> String {
    if output.standardOutput != nil { return "" }
    let address = Text.padded(Text.shown(outcome.address.description), to: 39)
    let verb = outcome.verb
    switch outcome.state {
    case .done(let revision):
      if output.quiet { return "" }
      let said = verb == .create ? "created" : verb == .delete ? "deleted" : "\(verb.past) (revision \(revision))"
      return "  \(style.paint(verb.symbol, verb.ink)) \(address) \(said)\n"
    case .copied(let summary):
      if output.quiet { return "" }
      return wrapped(verb.symbol, address, "\(verb.past): \(summary.spoken)", verb.ink) + noteLines(summary)
    case .failed(let reason): return wrapped("✗", address, "\(verb.rawValue) failed: \(reason)", .red)
    case .blocked(let codes):
      return wrapped("!", address, "blocked: \(codes.joined(separator: ", "))", .yellow) + lines(of: outcome.obstacles)
    case .notAttempted(let reason): return wrapped("·", address, "not attempted: \(reason)", .dim)
    case .unknown(let reason): return wrapped("?", address, "unknown: \(reason)", .red)
    }
  }

  /// A few of them; `plan` has all.
  private func lines(of obstacles: [String]) -> String {
    let shown =
      obstacles.count > 5 ? obstacles.prefix(4) + ["and \(obstacles.count - 4) more; see decant plan"] : obstacles
    return shown.flatMap { Text.wrapped(Text.shown($0), to: width - 6) }.map { "      \($0)\n" }.joined()
  }

  private func noteLines(_ summary: CopySummary) -> String {
    summary.notes.flatMap { Text.wrapped(Text.shown($0), to: width - 6) }.map { "      \($0)\n" }.joined()
  }

  private func wrapped(_ symbol: String, _ address: String, _ text: String, _ ink: Style.Ink) -> String {
    let whole = "\(address) \(Text.shown(text))"
    let lines =
      whole.count + 4 <= width
      ? [whole] : [address.trimmedAtEnd] + Text.wrapped(Text.shown(text), to: width - 6).map { "  \($0)" }
    return lines.enumerated().map { $0 == 0 ? "  \(style.paint(symbol, ink)) \($1)\n" : "    \($1)\n" }.joined()
  }

  /// The summary; always, also after a failure.
  func add(_ result: ApplyResult, _ report: Report, to blocks: inout Blocks) {
    for verification in result.verifications { blocks.add(self.lines(of: verification)) }
    var lines: [String] = []
    if let stop = result.stopSentence { lines += item("✗", .red, stop) }
    if let before = result.doneBeforeSentence { lines += item("·", .dim, before) }
    let head = result.head.map { " · audit head \($0.short)" } ?? ""
    lines += titled("Applied:", .bold, "\(result.counted) in \(Text.duration(report.applyDuration))\(head)")
    blocks.addDirectly(lines)
  }
}

extension Action.Verb {
  fileprivate var past: String {
    switch self {
    case .create: "created"
    case .update: "updated"
    case .replace: "replaced"
    case .delete: "deleted"
    case .refresh: "refreshed"
    case .adopt: "adopted"
    }
  }
}

import Documents
import Reconciliation

/// What was proved, a bar for each check and for each thing that one found.
extension HTMLReport {
  func verificationSections(_ verifications: [Verification]) -> [Markup] {
    let sorted = verifications.filter { !$0.hasPassed } + verifications.filter(\.hasPassed)
    let unchecked = report.unchecked.map { Markup.tag("li", code($0.description)) }
    return sorted.map(verification) + [section("Nothing is checked on", unchecked)]
  }

  private func verification(_ verification: Verification) -> Markup {
    var parts = [
      Markup.tag("h2", code(verification.address.description)),
      .tag("p", class: "dim", code(verification.subject), .text(" · \(verification.shown.counted)")),
    ]
    if let failure = verification.failure {
      parts.append(.tag("div", class: "note", .text("No check could be run: "), sentence(failure)))
    }
    let shown = verification.shown
    if !shown.isEmpty { parts += [bar(of: shown), checks(shown)] + shown.map(found(by:)) }
    return .tag("section", all: parts)
  }

  private func checks(_ shown: [ShownCheck]) -> Markup {
    let slowest = max(1, shown.compactMap(\.duration).map(\.milliseconds).max() ?? 1)
    return table(
      ["Check", "Proves", "Result", "Time"],
      shown.map { check in
        let time = check.duration.map { duration in
          Markup.all([.text(Text.duration(duration)), share(duration.milliseconds, of: slowest, "time")])
        }
        return [.text(check.name), .text(check.about), result(of: check), time ?? Markup()]
      })
  }

  private func result(of check: ShownCheck) -> Markup {
    let word = badge(check.standing.word, check.standing.style)
    guard let why = check.sentence else { return word }
    let place = check.place.map { Markup.tag("p", class: "dim", code($0.short)) } ?? Markup()
    return .all([word, .tag("p", sentence(why)), place])
  }

  /// What a check found, the longest bar for the most.
  private func found(by check: ShownCheck) -> Markup {
    guard !check.lines.isEmpty else { return Markup() }
    let most = max(1, check.lines.compactMap(\.count).max() ?? 1)
    let rows = check.lines.map { line -> [Markup] in
      let count = line.count.map { number in
        Markup.all([.text(line.counted ?? ""), share(number, of: most, "bad")])
      }
      let sample = line.sample.map { Markup.tag("p", class: "dim", code($0)) } ?? Markup()
      return [code(line.place), count ?? Markup(), .all([sentence(line.sentence), sample])]
    }
    return .all([.tag("h3", .text("Found by \(check.name)")), table(["Where", "Count", "What"], rows)])
  }

  /// How many of them stand how: in the order of the legend that the line above it is.
  private func bar(of shown: [ShownCheck]) -> Markup {
    var parts: [(style: String, x: Int, width: Int)] = []
    var start = 0
    for standing in ShownCheck.Standing.allCases.reversed() {
      let number = shown.count { $0.standing == standing }
      let end = start + number
      let (left, right) = (start * 1_000 / shown.count, end * 1_000 / shown.count)
      if number > 0 { parts.append((standing.fill, left, right - left)) }
      start = end
    }
    return drawn("\(shown.count(where: \.isPassed)) of \(shown.count) passed", parts)
  }

  /// A part beside the largest one; time in no colour that means something else here.
  private func share(_ part: Int, of whole: Int, _ style: String) -> Markup {
    drawn(style == "time" ? "time" : "count", [("ground", 0, 1_000), (style, 0, max(6, part * 1_000 / whole))])
  }

  private func drawn(_ label: String, _ parts: [(style: String, x: Int, width: Int)]) -> Markup {
    .tag(
      "svg",
      [
        ("class", "bar"), ("viewBox", "0 0 1000 8"), ("preserveAspectRatio", "none"), ("role", "img"),
        ("aria-label", label),
      ],
      parts.map {
        .tag("rect", [("class", $0.style), ("x", "\($0.x)"), ("width", "\($0.width)"), ("height", "8")], [])
      })
  }
}

extension ShownCheck.Standing {
  /// The style of its badge.
  fileprivate var style: String {
    switch self {
    case .failed: "failed"
    case .vacuous: "warning"
    case .open, .unchecked: "unknown"
    case .passed: "passed"
    }
  }

  /// The style of its part of a bar.
  fileprivate var fill: String {
    switch self {
    case .failed: "bad"
    case .vacuous, .open, .unchecked: "doubt"
    case .passed: "ok"
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}

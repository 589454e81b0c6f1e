import Reconciliation

extension Renderer {
  /// A block for each target: what nobody has decided about first, and every reason below its column.
  func add(_ audits: [PersonalDataAudit], to blocks: inout Blocks) {
    for audit in audits where audit.error == nil {
      var lines = [style.paint(audit.headline, .bold)]
      lines += audit.rows.flatMap(self.lines)
      blocks.add(lines)
      for sentence in audit.newColumns { blocks.add(item("!", .yellow, sentence)) }
      for sentence in audit.unread { blocks.add(item("?", .yellow, sentence)) }
    }
    if audits.isEmpty { blocks.add(["No target declares a source."]) }
  }

  private func lines(of column: PersonalDataAudit.Row) -> [String] {
    let mark = column.isUncovered ? style.paint("✗", .red) : style.paint("✓", .green)
    let head =
      "  \(mark) \(Text.padded(column.column, to: 32)) \(Text.padded(column.treatment, to: 12)) \(column.looks)"
    return [head] + Text.wrapped(column.reasons, to: width - 8).map { "        \($0)" }
  }
}

extension PersonalDataAudit {
  /// "target.shop: 12 columns look personal, 1 has no rule"
  var headline: String {
    let open = uncovered.count
    let rest =
      columns.isEmpty ? "" : open == 0 ? ", all are decided about" : ", \(open) of them nobody has decided about"
    let columns = Text.counted(self.columns.count, "column")
    return
      "\(Text.shown(target.description)) · \(columns) \(self.columns.count == 1 ? "looks" : "look") personal\(rest)"
  }

  /// A column in words that are the same in every rendering; control characters are shown as what they are.
  struct Row {
    let column, treatment, looks, reasons: String
    let isUncovered: Bool
  }

  /// What nobody has decided about first.
  var rows: [Row] {
    (uncovered + columns.filter { !$0.isUncovered }).map { column in
      Row(
        column: Text.shown("\(column.tableName).\(column.column)"), treatment: column.treatment,
        looks: column.looks.map { "\($0.title) \(Int(($0.score * 100).rounded())) %" }.joined(separator: ", "),
        reasons: Text.shown(column.looks.first?.reasons.joined(separator: "; ") ?? ""), isUncovered: column.isUncovered)
    }
  }

  /// "12 columns look personal, 1 of them nobody has decided about"
  static func sentence(_ audits: [PersonalDataAudit]) -> String {
    let columns = audits.reduce(0) { $0 + $1.columns.count }
    let open = audits.reduce(0) { $0 + $1.uncovered.count }
    let looks = "\(Text.counted(columns, "column")) \(columns == 1 ? "looks" : "look") personal"
    return open == 0 ? looks : "\(looks), \(Text.grouped(open)) of them nobody has decided about"
  }
}

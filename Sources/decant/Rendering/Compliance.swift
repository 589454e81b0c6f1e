import Documents
import Reconciliation

/// The words of a compliance report, the same in every rendering.
extension ComplianceReport {
  /// `3 of 4 targets masked (75 %), 2 groups, 1 waiver; 1 thing to do`
  ///
  /// - Parameter findings: what rules say about the files.
  func sentence(_ findings: [Finding]) -> String {
    let share = percentMasked.map { " (\($0) %)" } ?? ""
    let targets =
      self.targets.isEmpty
      ? "no target" : "\(masked) of \(Text.counted(self.targets.count, "target")) masked\(share)"
    let parts = "\(Text.counted(groups.count, "group")), \(Text.counted(waivers.count, "waiver"))"
    let count = defects.count + findings.count(where: \.blocks)
    let open = count == 0 ? "nothing to do" : Text.counted(count, "thing to do", plural: "things to do")
    return "Compliance: \(targets), \(parts); \(open)"
  }
}

extension ComplianceReport.Target {
  /// `policy shop_pii`, `its own SQL`, `nothing`
  var spokenMasking: String {
    let parts = [isMaskedBySQL ? "its own SQL" : nil, policy.map { "policy \($0)" }].compactMap(\.self)
    return isMasked ? parts.joined(separator: " and ") : parts.isEmpty ? "nothing" : "nothing (\(parts.joined()))"
  }

  var spokenGroups: String { groups.isEmpty ? "nobody" : groups.joined(separator: ", ") }

  var spokenTLS: String { "\(sourceTLS ?? "–") / \(destinationTLS ?? "–")" }

  func spokenSnapshot(at moment: Timestamp) -> String {
    guard let snapshot else { return isOverdue ? "none, \(maxAge ?? "") declared" : "none" }
    let age = snapshot.instant.ago(at: moment)
    return "\(snapshot.id), \(age)\(isOverdue ? ", overdue (\(maxAge ?? ""))" : "")"
  }

  var spokenProof: String {
    guard let snapshot else { return "–" }
    let checks =
      snapshot.verification.map { said in
        said.result == .none
          ? "not checked"
          : "checks \(said.result.rawValue) (\(said.checksPassed) of \(said.checksPassed + said.checksFailed))"
      } ?? "not checked"
    guard let proof = snapshot.proof else { return "\(checks), no proof here" }
    if let defect = proof.defect { return "\(checks), proof: \(defect)" }
    let signer = proof.signer.map { "signed by \($0)" } ?? "not signed"
    let vacuous = proof.vacuous.isEmpty ? "" : ", vacuous: \(proof.vacuous.joined(separator: ", "))"
    return "\(checks), proof \(signer)\(vacuous)"
  }
}

extension ComplianceReport.Group {
  var spokenExpiry: String {
    expiresAt.map { "\($0)\(isExpired ? ", expired" : "")" } ?? (isDeclared ? "never" : "not declared")
  }
}

extension ComplianceReport.WaivedCode {
  var spokenUntil: String { waiver.until.map { "\($0)\(isExpired ? ", expired" : "")" } ?? "without end" }
}

extension Renderer {
  func add(_ compliance: ComplianceReport, _ report: Report, to blocks: inout Blocks) {
    if !output.quiet {
      for target in compliance.targets { blocks.add(lines(of: target, at: compliance.at)) }
      blocks.add(section("Groups", compliance.groups.flatMap(lines)))
      blocks.add(section("Waivers", compliance.waivers.flatMap(lines)))
    }
    let findings = output.quiet ? report.findings.filter(\.blocks) : report.findings
    if !findings.isEmpty { blocks.add(section("Findings", findingLines(findings))) }
    if !compliance.defects.isEmpty {
      blocks.add(section("To do", compliance.defects.flatMap { item("✗", .red, $0) }))
    }
    if let verdict = report.auditVerdict { add(verdict, to: &blocks) }
    blocks.add(["\(compliance.sentence(report.findings))."])
  }

  private func lines(of target: ComplianceReport.Target, at moment: Timestamp) -> [String] {
    let facts = [
      ("source", target.source ?? "none"), ("masked by", target.spokenMasking), ("may load", target.spokenGroups),
      ("TLS", "\(target.spokenTLS) (source / destination)"), ("snapshot", target.spokenSnapshot(at: moment)),
      ("proved", target.spokenProof),
    ]
    return [style.paint(Text.shown("target.\(target.name)"), .bold)]
      + facts.flatMap { name, said in
        let lines = Text.wrapped(Text.shown(said), to: width - 14)
        return lines.enumerated().map { "  \(Text.padded($0 == 0 ? name : "", to: 10))  \($1)" }
      }
  }

  private func lines(of group: ComplianceReport.Group) -> [String] {
    let opens = group.targets.isEmpty ? "opens nothing" : "opens \(group.targets.joined(separator: ", "))"
    let about = group.description.map { "\($0): " } ?? ""
    return item(
      group.isExpired ? "✗" : "·", group.isExpired ? .red : .dim,
      "\(group.name) (until: \(group.spokenExpiry)) \(about)\(opens)")
  }

  private func lines(of waived: ComplianceReport.WaivedCode) -> [String] {
    let path = waived.waiver.path.map { " at \($0)" } ?? ""
    return item(
      waived.isExpired ? "✗" : "·", waived.isExpired ? .red : .dim,
      "\(waived.object) \(waived.waiver.code)\(path) (until: \(waived.spokenUntil)) \(waived.waiver.reason)")
  }
}

extension MarkdownReport {
  func add(_ compliance: ComplianceReport, to page: inout MarkdownPage) {
    page.add("To do", "", compliance.defects.map { row("- \(MarkdownText.sentence($0))", "thing to do") }, share: 8_000)
    let targets = compliance.targets.map { target in
      row(
        [
          MarkdownText.code(target.name), MarkdownText.sentence(target.spokenMasking),
          MarkdownText.sentence(target.spokenGroups), MarkdownText.sentence(target.spokenSnapshot(at: compliance.at)),
          MarkdownText.sentence(target.spokenProof),
        ], "target")
    }
    page.add("Targets", table("Target", "Masked by", "May load", "Snapshot", "Proved"), targets, share: 24_000)
    let groups = compliance.groups.map { group in
      row(
        [
          MarkdownText.code(group.name), MarkdownText.sentence(group.spokenExpiry),
          MarkdownText.sentence(group.targets.joined(separator: ", ")),
        ], "group")
    }
    page.add("Groups", table("Group", "Until", "Opens"), groups, share: 8_000)
    let waivers = compliance.waivers.map { waived in
      row(
        [
          MarkdownText.code(waived.object.description), MarkdownText.code(waived.waiver.code),
          MarkdownText.sentence(waived.spokenUntil), MarkdownText.sentence(waived.waiver.reason),
        ], "waiver")
    }
    page.add("Waivers", table("Object", "Code", "Until", "Reason"), waivers, share: 8_000)
  }

  private func row(_ cells: [String], _ kind: String) -> MarkdownPage.Item {
    row("| \(cells.joined(separator: " | ")) |", kind)
  }

  private func row(_ text: String, _ kind: String) -> MarkdownPage.Item { MarkdownPage.Item(kind: kind, text: text) }
}

extension HTMLReport {
  func complianceSections(_ compliance: ComplianceReport) -> [Markup] {
    let targets = compliance.targets.map { target in
      [
        code(target.name), .text(target.spokenMasking), .text(target.spokenGroups), .text(target.spokenTLS),
        .text(target.spokenSnapshot(at: compliance.at)), .text(target.spokenProof),
      ]
    }
    let groups = compliance.groups.map { group in
      [
        code(group.name), .text(group.spokenExpiry), .text(group.description ?? ""),
        .text(group.targets.joined(separator: ", ")),
      ]
    }
    let waivers = compliance.waivers.map { waived in
      [
        code(waived.object.description), code(waived.waiver.code), .text(waived.spokenUntil),
        sentence(waived.waiver.reason),
      ]
    }
    return [
      section("To do", compliance.defects.map { .tag("li", sentence($0)) }),
      titled("Targets", ["Target", "Masked by", "May load", "TLS", "Snapshot", "Proved"], targets),
      titled("Groups", ["Group", "Until", "For", "Opens"], groups),
      titled("Waivers", ["Object", "Code", "Until", "Reason"], waivers),
    ]
  }

  private func titled(_ title: String, _ heads: [String], _ rows: [[Markup]]) -> Markup {
    rows.isEmpty ? Markup() : .tag("section", .tag("h2", .text(title)), table(heads, rows))
  }
}

import ArgumentParser
import ControlPlane
import Documents
import Kinds
import Reconciliation
import Runtime

struct AuditPIICommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "pii", abstract: "Lists the columns of the sources that look personal, with every reason.",
    discussion: """
      Reads a bounded sample of each table in a read-only transaction; no value is shown or kept. Exit code 9 when a \
      column looks personal and is neither masked nor kept with a reason. With --write, rules that fit are printed as \
      YAML to paste into the policy.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions

  @Argument(help: "Targets, by name or address; without one, all of them.")
  var targets: [String] = []

  @Flag(help: "Print proposed rules as YAML.")
  var write = false

  @Flag(help: "Name columns without a rule that are new since the last copy.")
  var warnOnNewColumns = false

  var output: OutputOptions { options.output }

  func report() -> Report {
    var report = Report(command: "audit pii")
    report.isProposing = write
    do throws(Failure) {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let chosen =
        targets.isEmpty
        ? declaration.objects.filter { $0.address.kind == "target" }
        : try declaration.targets(named: targets, for: "audit")
      let store = try stage.openStore(declaration, storing, writing: false)
      let ports = stage.ports(
        connecting, at: SystemClock.now(), copies: stage.copies(store, declaration, connecting, leaseWait: 0))
      let audits = concurrently(chosen, limit: connecting.connections) { object in
        Target.personalData(of: object, in: declaration, through: ports)
      }
      report.personalData = audits.compactMap { $0 }.map(narrowed)
      let failed = report.personalData?.filter { $0.error != nil } ?? []
      if !failed.isEmpty {
        report.error = failed.map { "\($0.target): \($0.error ?? "")" }.joined(separator: "; ")
      }
      if stage.interrupt.isRaised { report.error = "interrupted" }
    } catch {
      report.error = error.description
    }
    return report
  }

  private func narrowed(_ audit: PersonalDataAudit) -> PersonalDataAudit {
    var audit = audit
    if !warnOnNewColumns { audit.newColumns = [] }
    return audit
  }

  func text(of report: Report, by renderer: Renderer) -> String {
    guard write, output.standardOutput == nil, let audits = report.personalData else {
      return renderer.text(of: report)
    }
    return audits.map(\.pasted).filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension PersonalDataAudit {
  /// The proposed rules as YAML; what has none is a comment.
  fileprivate var pasted: String {
    let unruled = uncovered.filter { $0.proposal == nil }
    let comments = unruled.map { column in
      let look = column.looks.first?.title ?? ""
      return Text.shown(
        "# \(column.tableName).\(column.column) (\(column.type)) looks like \(look), and no rule fits by itself: give it one, or keep it with a reason."
      ) + "\n"
    }
    return (proposal.map { YAML.text($0) } ?? "") + comments.joined()
  }
}

import Reconciliation
import Runtime

/// Whether what was planned may be done: by the brake, by a digest, by a flag, or by a person at a terminal.
struct Consent {
  let command: String
  let digest: String?
  let autoApprove: Bool
  let output: OutputOptions

  /// Nobody consented beforehand, and nobody can be asked.
  var isImpossible: Bool {
    digest == nil && !autoApprove
      && (!Console.inputIsTerminal || !Console.outputIsTerminal || output.standardOutput != nil)
  }

  /// Plans, asks, and carries out; all of it is in the report. Whoever had to wait for another run plans again, because
  /// that run has changed what was seen, and is asked again where it was by question.
  func carryOut(by planner: Planner, _ storing: StoreOptions, leaseWait: Int, _ report: inout Report) throws(Failure) {
    var planner = planner
    planner.leaseWait = leaseWait
    let (stage, deadline) = (planner.stage, Deadline.after(.seconds(leaseWait)))
    while let declaration = planner.plan(into: &report), let plan = report.plan {
      guard isGiven(to: plan, stage, &report), !plan.actions.isEmpty else { return }
      // Only now, so that a plan that is refused leaves no file behind.
      let store = try stage.openStore(declaration, storing, writing: true)
      report.controlPlane = store.title
      let applying = stage.applying(to: store, leaseWait: 0)
      let entry = applying.enter(for: plan, until: deadline)
      if case .waited = entry {
        report = Report(command: command)
        continue
      }
      let ports = planner.ports(for: declaration, store)
      return stage.carryOut(&report) { progress in
        var result = applying.apply(plan, entry, progress: progress)
        Refreshing(plan) { stage.refresh($0, in: declaration, through: ports) }.run(after: &result, progress: progress)
        return result
      }
    }
  }

  /// The brake, the digest and the question, in this order.
  private func isGiven(to plan: Plan, _ stage: Stage, _ report: inout Report) -> Bool {
    if plan.actions.isEmpty { return digestFits(plan, &report) }
    guard plan.brake.isEmpty, digestFits(plan, &report) else { return false }
    guard digest == nil, !autoApprove else { return true }
    Console.write(Renderer(output).text(of: report))
    Console.write("\n\(question) Only `yes` is taken for yes: ")
    guard Console.answer(unless: stage.interrupt) == "yes" else {
      Console.write("\n")
      let isInterrupted = stage.interrupt.isRaised
      report = Report(command: command)
      report.error = isInterrupted ? "interrupted; nothing was changed" : "not applied: the answer was not `yes`"
      return false
    }
    report.isPlanShown = true
    return true
  }

  private var question: String { command == "destroy" ? "Remove all of this?" : "Apply this?" }

  private func digestFits(_ plan: Plan, _ report: inout Report) -> Bool {
    guard let digest, digest != plan.digest, digest != plan.digestWithoutSources else { return true }
    report.expectedDigest = digest
    report.movedSources = plan.sourcesMoved(since: digest)
    return false
  }
}

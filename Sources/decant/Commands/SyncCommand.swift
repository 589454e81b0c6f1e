import ArgumentParser
import ControlPlane
import Kinds
import Reconciliation
import Runtime
import Snapshots

struct SyncCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Makes a masked copy of one declared environment in another.",
    discussion: """
      SOURCE-to-DESTINATION names two of `environments`, such as production-to-staging. It does what `refresh` does, for \
      the declared target that leads this way; where none does, for one made for this run, masked by the sanitization \
      that is declared. Nothing is given out unmasked: without --anonymize it ends with an error. Never into an \
      environment with `readonly: true`, and never into the source itself. A database in the destination that no copy of \
      ours has become is replaced only when asked, or with --force.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var trying: TrialOptionGroup
  @OptionGroup var leasing: LeaseOptions

  @Argument(help: ArgumentHelp("Two declared environments.", valueName: "source-to-destination"))
  var way: String

  @Flag(help: "Mask what is personal; there is no other way.")
  var anonymize = false

  @Flag(help: "Go on from where the last run has left off, and say what is done again.")
  var resume = false

  @Flag(
    help: "Run the declared checks before the copy is put in place, whatever the policy says, and again on it then.")
  var verify = false

  @Flag(
    help: "Replace a database that Decant did not make, and end the sessions that are connected to the destination.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Write the audit entries of this run behind what is in a file, as lines of JSON.", valueName: "file"))
  var auditLog: String?

  @Option(help: ArgumentHelp("The declared target, where several lead this way.", valueName: "name"))
  var target: String?

  @Option(
    help: ArgumentHelp("The sanitization, where several are declared and no target leads this way.", valueName: "name"))
  var policy: String?

  var output: OutputOptions { options.output }

  func validate() throws {
    if trying.dry.dryRun, auditLog != nil {
      throw ValidationError("With --dry-run nothing is done that an audit log could tell of.")
    }
  }

  func report() -> Report {
    var report = Report(command: "sync")
    do throws(Failure) {
      guard anonymize else {
        throw Failure("sync", way, cause: "only masked copies are given out", hint: "say --anonymize")
      }
      let trial = try trying.trial(output)
      let lines = try auditLog.map { path throws(Failure) in try AuditLines(path) }
      let stage = try Stage(options)
      guard let files = stage.read(into: &report) else { return report }
      let meaning = meaning
      let (declaration, object) = try meaning(files)
      let copying = CopyingByName(options: options, connecting: connecting, storing: storing, leaseWait: leasing.wait)
      var planner = copying.planner(on: stage, [object], resume ? .resumed : .anew)
      planner.meaning = { files throws(Failure) in try meaning(files).declaration }
      if trying.dry.dryRun {
        try rehearse(object, planner, trial, &report)
      } else {
        try consent(to: object, in: declaration, stage)
        try carryOut(object, in: declaration, planner, &report)
        try write(lines, declaration, stage)
      }
    } catch {
      report.error = report.error.map { "\($0); \(error)" } ?? error.description
    }
    return report
  }

  /// The files with the target of this way in them.
  private var meaning: @Sendable (Declaration) throws(Failure) -> (declaration: Declaration, target: Declared) {
    var wishes = SyncRoute.Wishes()
    (wishes.target, wishes.policy) = (target, policy)
    (wishes.disconnects, wishes.verifies) = (force, verify)
    let (way, asked) = (way, wishes)
    return { files throws(Failure) in try SyncRoute(way, in: files).target(in: files, asked) }
  }

  private func rehearse(
    _ object: Declared, _ planner: Planner, _ trial: TrialOptions, _ report: inout Report
  ) throws(Failure) {
    try Rehearsal(planner: planner, work: .sync, trial: trial).run([object.address], into: &report) { preflight in
      guard preflight.standing == .other, !force else { return }
      preflight.warnings.append(
        "\(preflight.destination) is a database that Decant did not make; it is replaced with --force, or after a question"
      )
    }
  }

  /// Nobody has declared that an environment's database may be replaced; a copy of ours is there to be replaced.
  private func consent(to object: Declared, in declaration: Declaration, _ stage: Stage) throws(Failure) {
    guard !force else { return }
    let store = try stage.openStore(declaration, storing, writing: false)
    let ports = stage.ports(
      connecting, at: SystemClock.now(), copies: stage.copies(store, declaration, connecting, leaseWait: 0))
    let order = try Target.copyOrder(of: object, in: declaration, through: ports, for: "sync")
    guard try ports.copies.standing(order) == .other else { return }
    let title = order.destination.title
    guard Console.inputIsTerminal, Console.outputIsTerminal, output.standardOutput == nil else {
      throw Failure(
        "sync into", title, cause: "a database is there that Decant did not make, and it would be replaced",
        hint: "say --force")
    }
    Console.write(
      "Replace \(Text.shown(title)), which Decant did not make, by a masked copy? Only `yes` is taken for yes: ")
    guard Console.answer(unless: stage.interrupt) == "yes" else {
      throw Failure("sync into", title, cause: "the answer was not `yes`")
    }
  }

  private func carryOut(
    _ object: Declared, in declaration: Declaration, _ planner: Planner, _ report: inout Report
  ) throws(Failure) {
    let consent = Consent(command: "sync", digest: nil, autoApprove: true, output: output)
    try consent.carryOut(by: planner, storing, leaseWait: leasing.wait, &report)
    guard verify, report.exit == .ok, report.result != nil else { return }
    let ports = planner.stage.ports(connecting, at: SystemClock.now())
    if let verification = Target.verify(object, in: declaration, through: ports) {
      report.verifications = [verification]
    }
  }

  /// Also where the run has failed: that is in the log too.
  private func write(_ lines: AuditLines?, _ declaration: Declaration, _ stage: Stage) throws(Failure) {
    guard let lines else { return }
    let store = try stage.openStore(declaration, storing, writing: false)
    do {
      try lines.append(
        try store.auditLog(of: declaration.settings.workspace).filter { $0.draft.run == stage.run })
    } catch let error as RecordStoreError {
      throw error.failure
    } catch {
      throw error as? Failure ?? Failure("write", "the audit log", cause: "\(error)")
    }
  }
}

import ArgumentParser
import Reconciliation

struct PlanCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Shows what would change, and why.",
    discussion: """
      Reads the files, the control plane and the databases, and changes nothing. Exit code 0, also when there is \
      something to do; with --detailed-exitcode 2 for changes and 3 for drift. 5 where the brake holds the plan, 9 where \
      a condition or finding of severity error does. With --out the plan is saved, to be applied later exactly as it is.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var observing: ObserveOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var selecting: SelectionOptions

  @Option(help: ArgumentHelp("Save the plan into this file.", valueName: "file"))
  var out: String?

  @Flag(help: "Sign the saved plan with decant.signing.key.")
  var sign = false

  @Flag(help: "Exit code 2 when there are changes, 3 when there is drift.")
  var detailedExitcode = false

  @OptionGroup var consenting: ConsentOptions

  var output: OutputOptions { options.output }

  func validate() throws {
    if sign, out == nil { throw ValidationError("--sign signs the file that --out names.") }
  }

  func report() -> Report {
    var report = Report(command: "plan")
    report.isExitDetailed = detailedExitcode
    do {
      let stage = try Stage(options)
      let planner = Planner(
        stage: stage, observing: observing, storing: storing, allowDeletes: consenting.allowDeletes,
        selecting: selecting.selection)
      guard let declaration = planner.plan(into: &report), let out else { return report }
      try planner.save(declaration, to: out, isSigned: sign, into: &report)
    } catch {
      report.error = error.description
    }
    return report
  }
}

struct DriftCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift", abstract: "Shows what somebody else changed since the last apply.",
    discussion: "Exit code 3 when there is drift, so that a scheduled job notices.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var observing: ObserveOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var selecting: SelectionOptions

  var output: OutputOptions { options.output }

  func report() -> Report {
    var report = Report(command: "drift")
    do {
      let stage = try Stage(options)
      let planner = Planner(
        stage: stage, observing: observing, storing: storing, allowDeletes: .max,
        selecting: selecting.selection)
      _ = planner.plan(into: &report)
    } catch {
      report.error = error.description
    }
    return report
  }
}

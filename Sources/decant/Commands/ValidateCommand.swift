import ArgumentParser
import ControlPlane
import Reconciliation

struct ValidateCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks the files, and touches nothing else.",
    discussion: "Exit code 1 for what cannot be read, 9 for findings of severity error.")

  @OptionGroup var options: GlobalOptions

  var output: OutputOptions { options.output }

  func report() -> Report {
    var report = Report(command: "validate")
    do {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      report.declared = declaration.objects.count
      report.findings = declaration.findings(in: stage.catalogue, on: SystemClock.now().date)
    } catch {
      report.error = error.description
    }
    return report
  }
}

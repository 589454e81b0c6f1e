import ArgumentParser
import Reconciliation

/// A command whose whole result is a report.
protocol ReportingCommand: ParsableCommand {
  var output: OutputOptions { get }

  /// Does the work. Never throws: what went wrong is in the report.
  func report() -> Report

  /// What goes to standard output.
  func text(of report: Report, by renderer: Renderer) -> String
}

extension ReportingCommand {
  func text(of report: Report, by renderer: Renderer) -> String { renderer.text(of: report) }

  /// Works, renders, and tells the status to end with.
  func runReporting() -> ExitStatus {
    let clock = ContinuousClock()
    let began = clock.now
    // Before anything is done, because after an apply it is too late to say that there is no room for its report.
    let artefacts: Artefacts
    do { artefacts = try Artefacts(output) } catch {
      Console.write("error: \(Text.shown(error.description))\n", toError: true)
      return .error
    }
    var report = report()
    report.elapsed = clock.now - began
    artefacts.write(&report)
    let renderer = Renderer(output)
    Console.write(text(of: report, by: renderer))
    let complaint = renderer.complaint(of: report)
    if !complaint.isEmpty { Console.write(complaint, toError: true) }
    return report.exit
  }
}

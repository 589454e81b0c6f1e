import ArgumentParser
import Reconciliation

/// A command whose whole result is a report.
protocol ReportingCommand: ParsableCommand {
  var output: OutputOptions { get }

  /// Does the work. Never throws: what went wrong is in the report.
  func report() -> Report
}

extension ReportingCommand {
  /// Works, renders, and tells the status to end with.
  func runReporting() -> ExitStatus {
    let clock = ContinuousClock()
    let began = clock.now
    var report = report()
    report.elapsed = clock.now - began
    let renderer = Renderer(output)
    Console.write(renderer.text(of: report))
    let complaint = renderer.complaint(of: report)
    if !complaint.isEmpty { Console.write(complaint, toError: true) }
    return report.exit
  }
}

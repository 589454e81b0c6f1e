import ArgumentParser
import Reconciliation

struct DestroyCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy", abstract: "Removes every record of the workspace.",
    discussion: """
      Records and the access that they give; never a database, a bucket or a snapshot. The brake holds as for any plan: \
      say with --allow-deletes how many objects go, and apply `protected: false` to what is protected first. What no \
      declaration manages stays.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var consenting: ConsentOptions

  @Flag(help: "Remove without a question.")
  var autoApprove = false

  @Option(
    help: ArgumentHelp("Seconds to wait while another run changes the workspace.", valueName: "seconds"))
  var leaseWait = 0

  var output: OutputOptions { options.output }

  func validate() throws {
    guard (0...86_400).contains(leaseWait) else { throw ValidationError("--lease-wait takes seconds from 0 to 86400.") }
  }

  func report() -> Report {
    var report = Report(command: "destroy")
    let consent = Consent(command: "destroy", digest: nil, autoApprove: autoApprove, output: output)
    if consent.isImpossible {
      report.error = "without a terminal nobody can be asked. Say --auto-approve, and --allow-deletes with the number"
      return report
    }
    do {
      let stage = try Stage(options)
      var observing = ObserveOptions()
      observing.isOff = true
      let planner = Planner(
        stage: stage, observing: observing, storing: storing, allowDeletes: consenting.allowDeletes, keepsNothing: true)
      try consent.carryOut(by: planner, storing, leaseWait: leaseWait, &report)
    } catch {
      report.error = error.description
    }
    return report
  }
}

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
  @OptionGroup var leasing: LeaseOptions

  @Flag(help: "Remove without a question.")
  var autoApprove = false

  var output: OutputOptions { options.output }

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
      try consent.carryOut(by: planner, storing, leaseWait: leasing.wait, &report)
    } catch {
      report.error = error.description
    }
    return report
  }
}

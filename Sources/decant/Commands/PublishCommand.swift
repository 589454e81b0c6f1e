import ArgumentParser
import Reconciliation
import Snapshots

struct PublishCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish", abstract: "Puts finished copies that wait in their place.",
    discussion: """
      A refresh that finds others connected to the destination leaves its finished and checked copy beside it. This \
      command puts it in place, without reading the source again. It is refused where the policy or the masking key is \
      another one by now. Where a run was ended just after its copy had got its place, that is written down.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var leasing: LeaseOptions

  @Argument(help: "Targets, by name or address.")
  var targets: [String]

  var output: OutputOptions { options.output }

  func report() -> Report {
    let copying = CopyingByName(options: options, connecting: connecting, storing: storing, leaseWait: leasing.wait)
    return copying.report("publish", targets, .publishing)
  }
}

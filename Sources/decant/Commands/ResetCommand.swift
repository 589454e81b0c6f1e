import ArgumentParser
import ControlPlane
import Kinds
import Reconciliation
import Runtime
import Snapshots

struct ResetCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset", abstract: "Puts a fresh copy in place, from a template on the same server.",
    discussion: """
      For tests that change rows: the destination becomes what it was after the last refresh or load, in about the time \
      of CREATE DATABASE. `refresh.keep_template: true` lets each refresh keep the template; without it, the first reset \
      makes it of the destination as it is then. A template takes as much room as the copy, and is never of another \
      snapshot than the one in place.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var leasing: LeaseOptions

  @Argument(help: "The target's name.")
  var target: String

  @Flag(help: "End sessions that are connected to the destination.")
  var disconnect = false

  var output: OutputOptions { options.output }

  func report() -> Report {
    SnapshotWorking(options: options, connecting: connecting, storing: storing, leaseWait: leasing.wait)
      .report("reset", target) { site throws(Failure) in
        let order = try Target.loadOrder(
          of: site.object, in: site.declaration, through: site.stage.ports(connecting, at: SystemClock.now()), to: nil,
          disconnects: disconnect)
        return site.worker.reset(order, recordedIn: try site.catalogue())
      }
  }
}

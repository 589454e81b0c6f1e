import ArgumentParser
import Reconciliation
import Runtime
import Snapshots

struct PullCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Copies a sanitized snapshot into a folder of this machine.",
    discussion: """
      Every file is verified, and the snapshot is there as a whole or not at all, for you alone (modes 0700 and 0600). \
      `load --offline` loads it, `snapshots TARGET --local` lists what was pulled, and pg_restore reads it too.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var local: LocalOptions

  @Argument(help: "The target's name.")
  var target: String

  @Argument(help: "The snapshot: 0 for the newest, 1 for the one before it, an id, or its first characters.")
  var snapshot = "0"

  var output: OutputOptions { options.output }

  func report() -> Report {
    SnapshotWorking(options: options, connecting: nil, storing: storing, leaseWait: 0)
      .report("pull", target) { site throws(Failure) in
        let (catalogue, row) = try site.sanitized(snapshot)
        return site.worker.pull(
          row, into: local.store(site.stage.interrupt), recordedIn: catalogue,
          workspace: site.declaration.settings.workspace)
      }
  }
}

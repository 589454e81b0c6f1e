import ArgumentParser
import ControlPlane
import Kinds
import Reconciliation
import Runtime
import Snapshots

struct BuildCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Makes a raw snapshot: the source's rows as they are, encrypted.",
    discussion: """
      Only for a target that declares `storage_profile`, and with `decant.sealing.key`: each file is encrypted before it \
      leaves this machine. A raw snapshot is loaded by `load --original` alone; `sanitize` makes sanitized ones of them.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var dry: DryRunOptions
  @OptionGroup var leasing: LeaseOptions

  @Argument(help: "The target's name.")
  var target: String

  var output: OutputOptions { options.output }

  func report() -> Report {
    let working = SnapshotWorking(options: options, connecting: connecting, storing: storing, leaseWait: leasing.wait)
    if dry.dryRun { return working.rehearsal("build", target, rehearse) }
    return
      working
      .report("build", target) { site throws(Failure) in
        let ports = site.stage.ports(connecting, at: SystemClock.now())
        let order = try Target.rawOrder(of: site.object, in: site.declaration, through: ports)
        let secret = try Target.sealingSecret(in: site.declaration, through: ports)
        return site.worker.build(order, sealedWith: secret, recordedIn: try site.catalogue())
      }
  }
  private func rehearse(_ site: SnapshotWorking.Site) throws(Failure) -> Preflight {
    let store = try site.catalogue(writing: false)
    let ports = try site.asking(connecting, store)
    _ = try Target.sealingSecret(in: site.declaration, through: ports)
    return try Target.buildPreflight(
      of: site.object, in: site.declaration, through: ports, try store.known(to: site.declaration))
  }
}

import ArgumentParser
import ControlPlane
import Kinds
import Reconciliation
import Runtime
import Snapshots

struct SanitizeCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "sanitize", abstract: "Makes a sanitized snapshot of a stored raw one.",
    discussion: """
      The raw snapshot is decrypted, restored into a scratch database on `sanitize.dst_url` (on the destination's server \
      only with a waiver of clear_rows_on_destination), and copied from there as a refresh copies from a source, checks \
      included. The destination stays as it is; `load` puts the result there. Exit code 8 when a check fails.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var trying: TrialOptionGroup
  @OptionGroup var leasing: LeaseOptions

  @Argument(help: "The target's name.")
  var target: String

  @Argument(help: "The raw snapshot: 0 for the newest, 1 for the one before it, an id, or its first characters.")
  var snapshot = "0"

  var output: OutputOptions { options.output }

  func report() -> Report {
    let working = SnapshotWorking(options: options, connecting: connecting, storing: storing, leaseWait: leasing.wait)
    if trying.dry.dryRun { return working.rehearsal("sanitize", target, rehearse) }
    var failed: Verification?
    var report =
      working
      .report("sanitize", target) { site throws(Failure) in
        let ports = site.stage.ports(connecting, at: SystemClock.now())
        let order = try Target.copyOrder(of: site.object, in: site.declaration, through: ports, for: "sanitize")
        let scratch = try Target.scratchServer(of: site.object, in: site.declaration, through: ports)
        let secret = try Target.sealingSecret(in: site.declaration, through: ports)
        let (catalogue, raw) = try site.row(snapshot, .raw)
        let result = site.worker.sanitize(
          raw, order, on: scratch, openedWith: secret, recordedIn: catalogue,
          check: Target.check(of: site.object, in: site.declaration, through: ports))
        return result.flatMap { done in
          failed = done.verification
          return done.work.map(Result.success)
            ?? .failure(WorkFailure(.verificationFailed, "nothing was kept: a check failed on the finished copy"))
        }
      }
    if let failed { report.verifications = [failed] }
    return report
  }
  private func rehearse(_ site: SnapshotWorking.Site) throws(Failure) -> Preflight {
    let trial = try trying.trial(output)
    let (store, raw) = try site.row(snapshot, .raw, writing: false)
    let ports = try site.asking(connecting, store)
    _ = try Target.sealingSecret(in: site.declaration, through: ports)
    return try Target.sanitizePreflight(
      of: site.object, raw, in: site.declaration, through: ports, trial, try store.known(to: site.declaration))
  }
}

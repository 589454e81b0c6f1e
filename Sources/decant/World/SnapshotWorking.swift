import Backends
import ControlPlane
import Kinds
import Reconciliation
import Runtime
import Snapshots

/// What commands share that work on one snapshot of one target.
struct SnapshotWorking {
  let options: GlobalOptions
  /// Nothing where no database is connected to.
  let connecting: ConnectionOptions?
  let storing: StoreOptions
  let leaseWait: Int

  /// One target with all that is needed to work on it.
  struct Site {
    let stage: Stage
    let declaration: Declaration
    let object: Declared
    let worker: SnapshotWorker
    fileprivate let storing: StoreOptions

    var name: String { object.address.name }

    func catalogue(writing: Bool = true) throws(Failure) -> any SnapshotCatalogue {
      try stage.openStore(declaration, storing, writing: writing)
    }

    /// A sanitized snapshot by what somebody calls it; nothing else is given out instead.
    func sanitized(_ reference: String) throws(Failure) -> (any SnapshotCatalogue, SnapshotRow) {
      try row(reference, .sanitized)
    }

    func row(
      _ reference: String, _ kind: SnapshotRow.Kind
    ) throws(Failure) -> (any SnapshotCatalogue, SnapshotRow) {
      let looking = try catalogue(writing: false)
      let rows: [SnapshotRow]
      do { rows = try looking.snapshots(of: name, in: declaration.settings.workspace) } catch { throw error.failure }
      do {
        let row = try rows.named(reference, kind, of: name)
        return (try catalogue(), row)
      } catch let error as SnapshotNotFound {
        let hint =
          kind == .raw
          ? "make one with: decant build \(name)" : "make one with: decant refresh \(name)"
        throw Failure("find", "the snapshot \(reference)", cause: error.description, hint: hint)
      } catch {
        throw error as? Failure ?? Failure("find", "the snapshot \(reference)", cause: "\(error)")
      }
    }
  }

  func report(
    _ command: String, _ target: String, _ work: (Site) throws(Failure) -> Result<SnapshotWork, WorkFailure>
  ) -> Report {
    var report = Report(command: command)
    do throws(Failure) {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      guard let object = try declaration.targets(named: [target], for: command).first else { return report }
      Signals.raise(stage.interrupt)
      Environment.shutOut(LiveDatabases.environmentVariables)
      let meter = CopyMeter(object.address, isSilent: options.output.quiet || options.output.standardOutput != nil)
      let worker = SnapshotWorker(
        world: stage.copyWorld(declaration, connecting, leaseWait: leaseWait), progress: meter.hear)
      let result = try work(
        Site(stage: stage, declaration: declaration, object: object, worker: worker, storing: storing))
      meter.end()
      switch result {
      case .success(let done): report.work = done
      case .failure(let failure): report.workFailure = failure
      }
    } catch {
      report.error = error.description
    }
    return report
  }
}

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

    /// What is asked of the outside for a pre-flight.
    func asking(_ connecting: ConnectionOptions, _ store: any SnapshotCatalogue) throws(Failure) -> Ports {
      let moment: Timestamp
      do { moment = try store.now() } catch { throw error.failure }
      return stage.ports(
        connecting, at: moment, copies: stage.copies(store, declaration, connecting, leaseWait: 0))
    }

    func catalogue(writing: Bool = true) throws(Failure) -> any SnapshotCatalogue {
      try stage.openStore(declaration, storing, writing: writing)
    }

    /// A sanitized snapshot by what somebody calls it; nothing else is given out instead.
    func sanitized(_ reference: String) throws(Failure) -> (any SnapshotCatalogue, SnapshotRow) {
      try row(reference, .sanitized)
    }

    /// - Parameter writing: nothing is written to the catalogue otherwise, and no file is made for one.
    func row(
      _ reference: String, _ kind: SnapshotRow.Kind, writing: Bool = true
    ) throws(Failure) -> (any SnapshotCatalogue, SnapshotRow) {
      let looking = try catalogue(writing: false)
      let rows: [SnapshotRow]
      do { rows = try looking.snapshots(of: name, in: declaration.settings.workspace) } catch { throw error.failure }
      do {
        let row = try rows.named(reference, kind, of: name)
        return (writing ? try catalogue() : looking, row)
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

  /// What the work would be.
  func rehearsal(_ command: String, _ target: String, _ look: (Site) throws(Failure) -> Preflight) -> Report {
    var report = Report(command: command)
    do throws(Failure) {
      guard let site = try site(command, target, &report, progress: { _ in }) else { return report }
      report.preflights = [try look(site)]
      if site.stage.interrupt.isRaised { report.error = "interrupted" }
    } catch {
      report.error = error.description
    }
    return report
  }

  private func site(
    _ command: String, _ target: String, _ report: inout Report, progress: @escaping @Sendable (CopyProgress) -> Void
  ) throws(Failure) -> Site? {
    let stage = try Stage(options)
    guard let declaration = stage.read(into: &report) else { return nil }
    guard let object = try declaration.targets(named: [target], for: command).first else { return nil }
    Signals.raise(stage.interrupt)
    Environment.shutOut(LiveDatabases.environmentVariables)
    let worker = SnapshotWorker(
      world: stage.copyWorld(declaration, connecting, leaseWait: leaseWait), progress: progress)
    return Site(stage: stage, declaration: declaration, object: object, worker: worker, storing: storing)
  }

  func report(
    _ command: String, _ target: String, _ work: (Site) throws(Failure) -> Result<SnapshotWork, WorkFailure>
  ) -> Report {
    var report = Report(command: command)
    do throws(Failure) {
      let address = Address(target).flatMap { $0.kind == "target" ? $0 : nil } ?? Address("target", target)
      let meter = CopyMeter(address, isSilent: options.output.quiet || options.output.standardOutput != nil)
      defer { meter.end() }
      guard let site = try site(command, target, &report, progress: meter.hear) else { return report }
      switch try work(site) {
      case .success(let done): report.work = done
      case .failure(let failure): report.workFailure = failure
      }
    } catch {
      report.error = error.description
    }
    return report
  }
}

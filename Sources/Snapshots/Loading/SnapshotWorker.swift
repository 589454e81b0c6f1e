import Documents
import PostgreSQL
public import Reconciliation
import Runtime

/// Works on snapshots that are there already: gives them out, loads them, and puts back a fresh copy.
public struct SnapshotWorker: Sendable {
  let world: CopyWorld
  let progress: @Sendable (CopyProgress) -> Void

  public init(world: CopyWorld, progress: @escaping @Sendable (CopyProgress) -> Void) {
    (self.world, self.progress) = (world, progress)
  }

  /// Runs what throws, and says why it did not come to its end.
  func working<Result>(
    _ verb: String, _ subject: String, _ body: () throws(RefreshFailure) -> Result
  ) -> Swift.Result<Result, WorkFailure> {
    do throws(RefreshFailure) { return .success(try body()) } catch {
      if case .store(.held(let lease)) = error {
        return .failure(WorkFailure(.leaseHeld, "cannot \(verb) \(subject): \(RecordStoreError.held(lease))"))
      }
      if case .interrupted = error { return .failure(WorkFailure(.error, "interrupted; \(subject) is as it was")) }
      if world.interrupt.isRaised { return .failure(WorkFailure(.error, "interrupted; \(subject) is as it was")) }
      if case .unknown(let sentence) = error { return .failure(WorkFailure(.error, sentence)) }
      // An error of that very database begins with its name, which once is enough.
      let (cause, name) = (error.cause, "\(subject): ")
      let rest = cause.hasPrefix(name) ? String(cause.dropFirst(name.count)) : cause
      return .failure(WorkFailure(.error, "cannot \(verb) \(subject): \(rest)"))
    }
  }

  func maintenance(of endpoint: DatabaseEndpoint) throws(RefreshFailure) -> MaintenanceConnection {
    do {
      return MaintenanceConnection(
        try world.parameters(endpoint, endpoint.maintenanceDatabase), connectTimeout: world.connectTimeout,
        interrupt: world.interrupt)
    } catch { throw .unreachable(error) }
  }

  func context(_ workspace: String) -> WriteContext {
    WriteContext(workspace: workspace, actor: world.actor, plan: "", run: world.run)
  }

  func quarantineFailing<Result>(_ body: () throws(QuarantineFailure) -> Result) throws(RefreshFailure) -> Result {
    do { return try body() } catch { throw .quarantine(error) }
  }
}

/// Who was given which snapshot: in the audit log before it is given.
struct GivingOut {
  let catalogue: any SnapshotCatalogue
  let context: WriteContext
  let target: String

  /// Under a lease that is held already, or under the workspace's for a moment.
  func note(
    _ event: AuditDraft.Event, _ verb: String, _ snapshot: SnapshotID, to destination: String, under held: Lease?
  ) throws(RefreshFailure) {
    let draft = AuditDraft(
      event, Address("target", target), actor: context.actor, run: context.run,
      detail: [
        "change": .string("snapshot \(verb)"), "snapshot": .string(snapshot.description),
        "destination": .string(destination),
      ])
    do throws(RecordStoreError) {
      if let held {
        try catalogue.append([draft], to: context.workspace, under: held)
        return
      }
      let lease = try acquire()
      defer { try? catalogue.release(lease) }
      try catalogue.append([draft], to: context.workspace, under: lease)
    } catch { throw .store(error) }
  }

  /// An apply holds it for seconds.
  private func acquire() throws(RecordStoreError) -> Lease {
    let deadline = Deadline.after(.seconds(10))
    while true {
      do throws(RecordStoreError) {
        return try catalogue.acquireLease(
          "workspace/\(context.workspace)", holder: "\(context.actor) (run \(context.run))",
          timeToLive: LeaseKeeper.timeToLive)
      } catch {
        guard case .held = error, !deadline.hasPassed, let pause = try? Interrupt() else { throw error }
        _ = pause.wait(until: .after(.milliseconds(100)))
      }
    }
  }
}

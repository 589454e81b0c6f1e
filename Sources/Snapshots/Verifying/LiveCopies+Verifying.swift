import Documents
import Masking
import PostgreSQL
public import Reconciliation
import Runtime
import Verification

extension LiveCopies {
  public func verify(
    _ order: VerificationOrder, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> Result<VerifiedCopy, WorkFailure>? {
    let worker = SnapshotWorker(world: world, progress: progress)
    let run = VerifyingRun(order: order, catalogue: catalogue, world: world, worker: worker, check: check)
    return worker.working("verify", order.copy.destination.title) { () throws(RefreshFailure) in try run.run() }
  }
}

/// Brings the database that is asked about together with what is known of it, and looks at it.
struct VerifyingRun {
  let order: VerificationOrder
  let catalogue: any SnapshotCatalogue
  let world: CopyWorld
  let worker: SnapshotWorker
  let check: @Sendable (DatabaseEndpoint) -> Verification?

  func run() throws(RefreshFailure) -> VerifiedCopy {
    PrivateFolder.sweep(world.scratchFolder)
    let folder = try PrivateFolder(in: world.scratchFolder)
    defer { folder.remove() }
    switch order.subject {
    case .destination:
      return try examine(order.copy.destination, try published().map(facts) ?? CopyFacts(), folder)
    case .foreign: return try examine(order.copy.destination, CopyFacts(), folder)
    case .snapshot(let reference): return try verifySnapshot(reference, folder)
    case .sample(let rows): return try verifySample(rows)
    case .mutants(let rows): return try verifyMutants(rows)
    }
  }

  /// All of one database, and what is declared about it.
  func examine(
    _ endpoint: DatabaseEndpoint, _ facts: CopyFacts, _ folder: PrivateFolder
  ) throws(RefreshFailure) -> VerifiedCopy {
    worker.progress(CopyProgress(phase: .checks))
    let database: ConnectionParameters
    do { database = try world.parameters(endpoint, nil) } catch { throw .unreachable(error) }
    // Before anything takes long: whether there is a database at all.
    try reaching { () throws(DatabaseError) in
      _ = try Session(connecting: database, deadline: .after(world.connectTimeout), interrupt: world.interrupt)
    }
    let known = try FilterFinder(order: order, world: world, folder: folder).find(facts.row)
    let examination = Examination(order: order, world: world, database: database, facts: facts, known: known)
    var found = try examination.run()
    found.seenAt = try? catalogue.now()
    return VerifiedCopy(found, declared: check(endpoint))
  }

  func facts(_ row: SnapshotRow) -> CopyFacts { CopyFacts(row, proof: world.recallProof(row.target, row.id)) }

  /// What is in the destination now, as far as the catalogue knows.
  private func published() throws(RefreshFailure) -> SnapshotRow? {
    do {
      return try catalogue.snapshots(of: order.copy.target, in: order.copy.workspace).published(of: order.copy.target)
    } catch { throw .store(error) }
  }
}

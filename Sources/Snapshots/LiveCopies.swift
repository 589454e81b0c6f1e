public import Reconciliation
private import Synchronization

/// Copies over PostgreSQL, known by the snapshot catalogue of a control plane.
public struct LiveCopies: Copies {
  let catalogue: any SnapshotCatalogue
  let world: CopyWorld
  private let latest = LatestSnapshots()

  public init(catalogue: any SnapshotCatalogue, world: CopyWorld) {
    self.catalogue = catalogue
    self.world = world
  }

  public func published(_ target: String, in workspace: String) throws(Failure) -> PublishedCopy? {
    let rows = try latest.rows(of: workspace, in: catalogue)
    return rows.published(of: target).flatMap(PublishedCopy.init)
  }

  public func refresh(
    _ order: CopyOrder, because reason: String, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> CopyResult {
    RefreshRun(order, catalogue, world, check: check, progress: progress).run()
  }
}

/// The newest snapshots of a workspace, read once for all targets of a plan.
private final class LatestSnapshots: Sendable {
  private let known = Mutex<[String: [SnapshotRow]]>([:])

  func rows(of workspace: String, in catalogue: any SnapshotCatalogue) throws(Failure) -> [SnapshotRow] {
    if let rows = known.withLock({ $0[workspace] }) { return rows }
    do {
      let rows = try catalogue.latestSnapshots(in: workspace)
      known.withLock { $0[workspace] = rows }
      return rows
    } catch {
      throw Failure("read", "the snapshot catalogue", cause: error.description)
    }
  }
}

extension PublishedCopy {
  /// Nothing for a row that says neither by which policy nor of which schema it is: no copy of ours.
  init?(_ row: SnapshotRow) {
    guard let policy = row.draft.policyDigest, let schema = row.draft.schemaFingerprint else { return nil }
    let seconds = row.duration.map { max(1, Int($0.components.seconds)) }
    let rate = seconds.flatMap { seconds in row.content?.databaseBytes.map { $0 / seconds } }
    self.init(
      snapshot: row.id.description, builtAt: row.id.moment, policyDigest: policy, keyID: row.draft.keyID,
      schemaFingerprint: schema, bytesPerSecond: rate)
  }
}

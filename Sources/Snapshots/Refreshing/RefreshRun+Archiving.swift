import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// What is between the proof and the row `ready` where archives are kept.
extension RefreshRun {
  /// Opened before anything is copied, so that what is missing is known then. Nothing where no archive is to be kept.
  func openArchives() throws(RefreshFailure) {
    guard let storage = order.storage, archives == nil else { return }
    let place = try ArchivePlace(storage, order.target, world)
    archives = place
    guard let rows = try? catalogue.snapshots(of: order.target, in: order.workspace) else { return }
    notes += place.sweep(rows)
  }

  /// The content with the parts of its archive, which is whole in the store when this returns.
  func archived(
    _ content: SnapshotContent, _ quarantine: Quarantine, _ id: SnapshotID, _ lead: Lead, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> SnapshotContent {
    try openArchives()
    guard let archives else { return content }
    let basis = lead.basis(order)
    try note(.archive, id, basis, recorder)
    progress(CopyProgress(phase: .archive, rows: content.rows))
    let session = try world.connect(quarantine.database)
    let source: DatabaseIdentity? = if let origin { origin } else { try identity() }
    let facts = ArchiveFacts(
      locale: try reaching { () throws(DatabaseError) in try DatabaseLocale.read(in: session, deadline: world.short) },
      hasPublic: lead.schemas.hasPublic, source: source, policyDigest: order.policyDigest,
      keyID: order.keyID, schemaFingerprint: lead.schema.fingerprint, tables: content.tables, rows: content.rows,
      databaseBytes: content.databaseBytes, instant: id.moment)
    let parts = try archives.keep(
      quarantine.database, as: id, .sanitized, facts, jobs: order.workers,
      with: try Structure.tools(session.serverVersion, world),
      beside: { folder throws(RefreshFailure) in try leaks.seal(in: folder) }
    ) { () throws(RefreshFailure) in try note(.upload, id, basis, recorder) }
    return SnapshotContent(
      tables: content.tables, rows: content.rows, databaseBytes: content.databaseBytes, parts: parts,
      verification: content.verification)
  }

  private func identity() throws(RefreshFailure) -> DatabaseIdentity? {
    DatabaseIdentity.read(in: try world.connect(order.source), world.short)
  }

  /// The copy has done what it was made for.
  func keepArchive(_ id: SnapshotID, _ content: SnapshotContent, _ recorder: SnapshotRecorder) -> CopyResult {
    discard()
    recorder.forget()
    prune(recorder)
    return .published(summary(id, content))
  }

  /// After the copy has its place. What cannot be done here is said and costs nobody the copy.
  func prune(_ recorder: SnapshotRecorder) {
    guard archives != nil, let count = order.options["retain"]?.integer else { return }
    notes += Retention(catalogue: catalogue, world: world, workspace: order.workspace, target: order.target)
      .run(retaining: count, .sanitized, recorder)
  }
}

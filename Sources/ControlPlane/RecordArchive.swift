import Documents
public import Reconciliation

/// All that a control plane holds, but the leases: those end with the runs that hold them.
public struct Archive: Sendable {
  public struct Workspace: Sendable {
    public let name: String
    /// Sorted by address, tombstones included.
    public let records: [Record]
    /// In order.
    public let audit: [AuditEntry]
    /// The newest first.
    public let snapshots: [SnapshotRow]
    /// Sorted by target.
    public let checkpoints: [RefreshCheckpoint]

    public init(
      name: String, records: [Record], audit: [AuditEntry], snapshots: [SnapshotRow] = [],
      checkpoints: [RefreshCheckpoint] = []
    ) {
      self.name = name
      self.records = records
      self.audit = audit
      self.snapshots = snapshots
      self.checkpoints = checkpoints
    }
  }

  /// Sorted by name; a workspace in which nothing is, is none.
  public let workspaces: [Workspace]

  public init(workspaces: [Workspace]) { self.workspaces = workspaces }

  public var isEmpty: Bool { workspaces.isEmpty }

  /// SHA-256 over everything, byte for byte: two texts that only look alike are different.
  public var digest: String { sha256(JSON.canonical(.list(workspaces.map(\.value)))) }
}

extension Archive.Workspace {
  fileprivate var value: Value {
    .list([
      .string(name), .list(records.map(\.value)), .list(audit.map { AuditCells($0).value }),
      .list(snapshots.map(CatalogueTable.snapshots.value)), .list(checkpoints.map(CatalogueTable.checkpoints.value)),
    ])
  }
}

extension Record {
  fileprivate var value: Value {
    var fields: Fields = [
      "address": .string("\(address)"), "spec": .string(spec), "revision": .integer(revision),
      "updated_by": .string(updatedBy), "updated_at": .string("\(updatedAt)"), "protected": .bool(isProtected),
    ]
    fields["owner"] = owner.map { .string($0) }
    fields["deleted_at"] = deletedAt.map { .string("\($0)") }
    if let applied {
      fields["applied"] = .list([
        .string(applied.spec), .integer(applied.revision), .string(applied.plan), .string(applied.by),
        .string("\(applied.at)"),
      ])
    }
    return .object(fields)
  }
}

extension AuditCells {
  fileprivate var value: Value {
    .list([
      .integer(number), .string(at), .string(event), address.map { .string($0) } ?? .null, .string(actor),
      .string(run), .string(detail), .string(previous), .string(hash),
    ])
  }
}

/// A store that can be copied as a whole. For moving a control plane; an apply never needs it.
public protocol RecordArchive: RecordStore {
  /// Everything, of one instant.
  func archive() throws(RecordStoreError) -> Archive

  /// Takes everything over as it is, with revisions, names, times and hashes, in one transaction. Throws `.failed` and
  /// changes nothing where any record or audit entry is there already.
  func restore(_ archive: Archive) throws(RecordStoreError)
}

extension RecordArchive {
  func notEmpty() -> RecordStoreError {
    .failed(
      Failure(
        "copy into", title, cause: "it is not empty",
        hint: "name a place where no control plane is yet; nothing was changed"))
  }
}

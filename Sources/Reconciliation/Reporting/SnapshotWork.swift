import Documents

/// What `load`, `pull`, `reset`, `build` and `sanitize` have done.
public struct SnapshotWork: Sendable, Hashable {
  public var target: String
  public var snapshot: String
  public var kind: SnapshotRow.Kind
  /// A database (`dev:5432/users_dev`), a folder, or a place in a store.
  public var destination: String
  public var tables: Int
  public var rows: Int
  /// Of the database, or of the files where no database was made.
  public var bytes: Int
  public var duration: Duration
  /// What is worth knowing, a sentence each.
  public var notes: [String]

  public init(
    target: String, snapshot: String, kind: SnapshotRow.Kind, destination: String, tables: Int, rows: Int, bytes: Int,
    duration: Duration, notes: [String] = []
  ) {
    self.target = target
    self.snapshot = snapshot
    self.kind = kind
    self.destination = destination
    self.tables = tables
    self.rows = rows
    self.bytes = bytes
    self.duration = duration
    self.notes = notes
  }

  var json: Value {
    [
      "target": .string(target), "snapshot": .string(snapshot), "kind": .string(kind.rawValue),
      "destination": .string(destination), "tables": .integer(tables), "rows": .integer(rows),
      "bytes": .integer(bytes), "milliseconds": .integer(duration.wholeMilliseconds),
      "notes": .list(notes.map(Value.string)),
    ]
  }
}

/// Why it was not done; what was there before is as it was, unless the sentence says something else.
public struct WorkFailure: Error, Sendable, Hashable {
  public var status: ExitStatus
  public var sentence: String

  public init(_ status: ExitStatus, _ sentence: String) { (self.status, self.sentence) = (status, sentence) }
}

/// A snapshot that was pulled into a folder of this machine.
public struct PulledSnapshot: Sendable, Hashable {
  public var manifest: ArchiveManifest
  public var folder: String

  public init(manifest: ArchiveManifest, folder: String) { (self.manifest, self.folder) = (manifest, folder) }

  public var bytes: Int { manifest.parts.reduce(0) { $0 + $1.bytes } }
  public var rows: Int? { manifest.facts["rows"]?.integer }
  /// The instant of the source that it shows.
  public var instant: String { manifest.facts["instant"]?.string ?? manifest.snapshot.moment.description }

  var json: Value {
    var fields: Fields = [
      "id": .string(manifest.snapshot.description), "target": .string(manifest.target),
      "kind": .string(manifest.kind.rawValue), "instant": .string(instant), "bytes": .integer(bytes),
      "folder": .string(folder),
    ]
    fields["rows"] = rows.map { .integer($0) }
    return .object(fields)
  }
}

extension Collection where Element == PulledSnapshot {
  /// Reads what people type, as the catalogue does: a number from the newest on, an id, or its first characters.
  public func named(_ reference: String, of target: String) throws(SnapshotNotFound) -> PulledSnapshot {
    let rows = filter { $0.manifest.kind == .sanitized }.map { pulled in
      SnapshotRow(
        SnapshotDraft(id: pulled.manifest.snapshot, target: target, kind: .sanitized), workspace: "", run: "",
        actor: "", startedAt: pulled.manifest.snapshot.moment, state: .ready,
        content: SnapshotContent(tables: 0, rows: 0, parts: pulled.manifest.parts))
    }
    let row = try rows.named(reference, .sanitized, of: target)
    guard let found = first(where: { $0.manifest.snapshot == row.id }) else { throw .unknown(reference) }
    return found
  }
}

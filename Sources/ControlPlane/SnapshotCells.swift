import Documents
import Reconciliation

/// A table as a list of columns: a store only has to write and read its cells, and both stores have the same ones.
struct CatalogueTable<Row>: Sendable {
  enum Cell {
    case text(String?)
    case integer(Int?)
    case moment(Timestamp?)
  }

  struct Column: Sendable {
    let name: String
    let cell: @Sendable (Row) -> Cell
  }

  let name: String
  /// How many of the columns, from the front, are the key behind the workspace.
  let keys: Int
  let columns: [Column]

  func cells(_ row: Row) -> [Cell] { columns.map { $0.cell(row) } }
}

/// The cells of one row as text, by the columns' names: moments as `Timestamp` writes them, or milliseconds.
struct CatalogueCells {
  let workspace: String
  let texts: [String: String]

  struct Unreadable: Error {
    let column: String
  }

  func text(_ column: String) throws(Unreadable) -> String {
    guard let text = texts[column] else { throw Unreadable(column: column) }
    return text
  }

  func integer(_ column: String) throws(Unreadable) -> Int {
    guard let number = Int(try text(column)) else { throw Unreadable(column: column) }
    return number
  }

  func moment(_ column: String) throws(Unreadable) -> Timestamp {
    let text = try text(column)
    guard let moment = Int(text).map(Timestamp.init(milliseconds:)) ?? Timestamp(text) else {
      throw Unreadable(column: column)
    }
    return moment
  }

  func value<Result>(_ column: String, _ make: (String) -> Result?) throws(Unreadable) -> Result {
    guard let value = make(try text(column)) else { throw Unreadable(column: column) }
    return value
  }

  func list(_ column: String) throws(Unreadable) -> [Value] {
    guard case .list(let items)? = try? JSON.read(try text(column)) else { throw Unreadable(column: column) }
    return items
  }
}

// MARK: Snapshots

extension CatalogueTable<SnapshotRow> {
  static let snapshots = CatalogueTable(
    name: "snapshots", keys: 1,
    columns: [
      Column(name: "id") { .text($0.id.description) },
      Column(name: "target") { .text($0.target) },
      Column(name: "kind") { .text($0.kind.rawValue) },
      Column(name: "state") { .text($0.state.rawValue) },
      Column(name: "run") { .text($0.run) },
      Column(name: "actor") { .text($0.actor) },
      Column(name: "started_at") { .moment($0.startedAt) },
      Column(name: "finished_at") { .moment($0.finishedAt) },
      Column(name: "storage_profile") { .text($0.draft.storageProfile) },
      Column(name: "location") { .text($0.draft.location) },
      Column(name: "policy_digest") { .text($0.draft.policyDigest) },
      Column(name: "schema_fingerprint") { .text($0.draft.schemaFingerprint) },
      Column(name: "key_id") { .text($0.draft.keyID) },
      Column(name: "server_version") { .text($0.draft.serverVersion) },
      Column(name: "sealing_key_id") { .text($0.draft.sealingKeyID) },
      Column(name: "table_count") { .integer($0.content?.tables) },
      Column(name: "row_count") { .integer($0.content?.rows) },
      Column(name: "database_bytes") { .integer($0.content?.databaseBytes) },
      Column(name: "archive_bytes") { .integer($0.content?.bytes) },
      Column(name: "parts") { .text($0.content.map { JSON.canonical(.list($0.parts.map(\.value))) }) },
      Column(name: "verification") { .text($0.content?.verification.result.rawValue) },
      Column(name: "checks_passed") { .integer($0.content?.verification.checksPassed) },
      Column(name: "checks_failed") { .integer($0.content?.verification.checksFailed) },
      Column(name: "published_at") { .moment($0.publication?.at) },
      Column(name: "published_cluster") { .text($0.publication?.clusterIdentifier) },
      Column(name: "published_number") { .text($0.publication?.databaseNumber) },
      Column(name: "published_database") { .text($0.publication?.databaseName) },
      Column(name: "failure") { .text($0.failure) },
      Column(name: "pinned_at") { .moment($0.pin?.at) },
      Column(name: "pinned_by") { .text($0.pin?.by) },
      Column(name: "pinned_reason") { .text($0.pin?.reason) },
    ])
}

extension SnapshotRow {
  init(_ cells: CatalogueCells) throws(CatalogueCells.Unreadable) {
    self.init(
      try SnapshotDraft(cells), workspace: cells.workspace, run: try cells.text("run"), actor: try cells.text("actor"),
      startedAt: try cells.moment("started_at"),
      finishedAt: cells.texts["finished_at"] == nil ? nil : try cells.moment("finished_at"),
      state: try cells.value("state") { State(rawValue: $0) },
      content: cells.texts["row_count"] == nil ? nil : try SnapshotContent(cells),
      publication: cells.texts["published_at"] == nil ? nil : try Publication(cells), failure: cells.texts["failure"],
      pin: cells.texts["pinned_at"] == nil ? nil : try Pin(cells))
  }
}

extension SnapshotDraft {
  fileprivate init(_ cells: CatalogueCells) throws(CatalogueCells.Unreadable) {
    self.init(
      id: try cells.value("id") { SnapshotID($0) }, target: try cells.text("target"),
      kind: try cells.value("kind") { SnapshotRow.Kind(rawValue: $0) }, storageProfile: cells.texts["storage_profile"],
      location: cells.texts["location"], policyDigest: cells.texts["policy_digest"],
      schemaFingerprint: cells.texts["schema_fingerprint"], keyID: cells.texts["key_id"],
      serverVersion: cells.texts["server_version"], sealingKeyID: cells.texts["sealing_key_id"])
  }
}

extension SnapshotContent {
  fileprivate init(_ cells: CatalogueCells) throws(CatalogueCells.Unreadable) {
    var parts: [SnapshotRow.Part] = []
    for value in try cells.list("parts") {
      guard let part = SnapshotRow.Part(value) else { throw CatalogueCells.Unreadable(column: "parts") }
      parts.append(part)
    }
    let result = try cells.value("verification") { SnapshotRow.Verification.Result(rawValue: $0) }
    self.init(
      tables: try cells.integer("table_count"), rows: try cells.integer("row_count"),
      databaseBytes: cells.texts["database_bytes"] == nil ? nil : try cells.integer("database_bytes"), parts: parts,
      verification: SnapshotRow.Verification(
        result, passed: try cells.integer("checks_passed"), failed: try cells.integer("checks_failed")))
  }
}

extension SnapshotRow.Part {
  fileprivate var value: Value {
    .object(["name": .string(name), "bytes": .integer(bytes), "sha256": .string(sha256)])
  }

  fileprivate init?(_ value: Value) {
    guard let name = value["name"]?.string, case .integer(let bytes)? = value["bytes"],
      let sha256 = value["sha256"]?.string
    else { return nil }
    self.init(name: name, bytes: bytes, sha256: sha256)
  }
}

extension SnapshotRow.Publication {
  fileprivate init(_ cells: CatalogueCells) throws(CatalogueCells.Unreadable) {
    self.init(
      clusterIdentifier: cells.texts["published_cluster"], databaseNumber: try cells.text("published_number"),
      databaseName: try cells.text("published_database"), at: try cells.moment("published_at"))
  }
}

extension SnapshotRow.Pin {
  fileprivate init(_ cells: CatalogueCells) throws(CatalogueCells.Unreadable) {
    self.init(
      by: try cells.text("pinned_by"), reason: try cells.text("pinned_reason"), at: try cells.moment("pinned_at"))
  }
}

// MARK: Checkpoints

extension CatalogueTable<RefreshCheckpoint> {
  static let checkpoints = CatalogueTable(
    name: "checkpoints", keys: 1,
    columns: [
      Column(name: "target") { .text($0.target) },
      Column(name: "snapshot") { .text($0.snapshot.description) },
      Column(name: "phase") { .text($0.phase.rawValue) },
      Column(name: "quarantine") { .text($0.quarantine) },
      Column(name: "policy_digest") { .text($0.basis.policyDigest) },
      Column(name: "key_id") { .text($0.basis.keyID) },
      Column(name: "schema_fingerprint") { .text($0.basis.schemaFingerprint) },
      Column(name: "done_tables") { .text(JSON.canonical(.list($0.doneTables.map { .string($0) }))) },
      Column(name: "run") { .text($0.run) },
      Column(name: "at") { .moment($0.at) },
    ])
}

extension RefreshCheckpoint {
  init(_ cells: CatalogueCells) throws(CatalogueCells.Unreadable) {
    let basis = Basis(
      policyDigest: cells.texts["policy_digest"], keyID: cells.texts["key_id"],
      schemaFingerprint: try cells.text("schema_fingerprint"))
    self.init(
      target: try cells.text("target"), snapshot: try cells.value("snapshot") { SnapshotID($0) },
      phase: try cells.value("phase") { Phase(rawValue: $0) }, quarantine: try cells.text("quarantine"), basis: basis,
      doneTables: try cells.list("done_tables").compactMap(\.string), run: try cells.text("run"),
      at: try cells.moment("at"))
  }
}

// MARK: For the digest of an archive

extension CatalogueTable {
  func value(_ row: Row) -> Value {
    .list(
      cells(row).map { cell in
        switch cell {
        case .text(let text): text.map { .string($0) } ?? .null
        case .integer(let number): number.map { .integer($0) } ?? .null
        case .moment(let moment): moment.map { .string("\($0)") } ?? .null
        }
      })
  }
}

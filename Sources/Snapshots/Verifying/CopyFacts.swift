import Documents
import Masking
import Reconciliation
import Verification

/// What is known of how a database was made: by the snapshot catalogue, and by the proof that was left.
struct CopyFacts: Sendable {
  var row: SnapshotRow?
  /// Rows of all tables together, as they were published.
  var rows: Int?
  /// Rows of each table, and what was counted of its masked columns, where a proof says it.
  var tables: [QualifiedName: Int] = [:]
  var unchanged: [ColumnName: (unchanged: Int, all: Int)] = [:]
  /// Nothing but COPY has written it, if its counters say so: of copies of ours alone.
  var isOurs = false

  init() {}

  /// - Parameter proof: the document of the same snapshot; one of another is passed over.
  init(_ row: SnapshotRow, proof: Value?) {
    self.row = row
    rows = row.content?.rows
    isOurs = true
    guard let proof, proof["snapshot"]?.string == row.id.description else { return }
    for table in proof["tables"]?.list ?? [] {
      guard let name = table["name"]?.string.flatMap(QualifiedName.init(written:)), let count = table["rows"]?.integer
      else { continue }
      tables[name] = count
      for column in table["columns"]?.list ?? [] {
        guard let title = column["name"]?.string, let unchanged = column["counts", "unchanged"]?.integer,
          let changed = column["counts", "changed"]?.integer
        else { continue }
        self.unchanged[ColumnName(name, title)] = (unchanged, changed + unchanged)
      }
    }
  }
}

extension QualifiedName {
  /// `public.users`, as proofs write it: the schema ends at the first dot.
  fileprivate init?(written text: String) {
    guard let dot = text.firstIndex(of: ".") else { return nil }
    self.init(String(text[..<dot]), String(text[text.index(after: dot)...]))
  }
}

import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// Tries a plan's masks on a few rows of the source: by the queries, the stream and the masks of a refresh, so that what
/// is shown is what a refresh would write. Nothing is written.
struct MaskTrial {
  let plan: CopyPlan
  let options: TrialOptions
  let reader: PatientReader

  /// A sample for each table with masked columns, by the names that rules have for them. Of a partitioned table the
  /// first partition that has rows is enough.
  func run() -> [MaskSample] {
    var samples: [QualifiedName: MaskSample] = [:]
    for table in plan.tables where table.changesValues {
      if let sample = samples[table.root], !sample.rows.isEmpty { continue }
      samples[table.root] = sample(of: table)
    }
    return samples.sorted { $0.key < $1.key }.map(\.value)
  }

  private func sample(of table: CopyPlan.Table) -> MaskSample {
    let name = table.root.asRulesHaveIt
    if table.keepsNoRows { return MaskSample(table: name, rows: [], unread: "all of its rows are left out") }
    do throws(RefreshFailure) {
      let rows = try reader.ask { session, instant throws(RefreshFailure) in
        try read(TrialTable(table), in: session, at: instant)
      }
      return MaskSample(table: name, rows: rows)
    } catch {
      return MaskSample(table: name, rows: [], unread: error.cause)
    }
  }

  private func read(
    _ trial: TrialTable, in session: Session, at instant: CopyInstant
  ) throws(RefreshFailure) -> [[MaskSample.Cell]] {
    let observer = TrialObserver(trial.watched)
    var masker: RowMasker
    do throws(RowFailure) { masker = try RowMasker(trial.rows, observer: observer) } catch {
      throw .refused(error.description)
    }
    let reader = try reaching { () throws(DatabaseError) in
      try session.lookUpNames(in: trial.searchPath, deadline: .after(self.reader.stall))
      return try session.beginCopyOut(
        trial.sql(options.rows, at: instant), stall: self.reader.stall, as: "trying masks")
    }
    var sink = ByteSink()
    while let message = try reaching({ () throws(DatabaseError) in try reader.next() }) {
      do throws(RowFailure) { try masker.mask(message, into: &sink) } catch {
        reader.abandon()
        throw .refused(error.description)
      }
      sink.removeAll()
    }
    return try observer.rows.map { row throws(RefreshFailure) in
      let earlier = try trial.originals(of: row, in: session, deadline: .after(self.reader.stall))
      return trial.columns.map { $0.shown(row, earlier, withOriginals: options.showsOriginals) }
    }
  }
}

/// One row as the masks saw it and left it, by the places of its columns.
typealias TriedRow = [Int: (original: String?, copied: String?)]

/// Keeps what the masks of a few rows were given and what they made of it.
final class TrialObserver: RowObserver {
  let watched: [Int]
  private(set) var rows: [TriedRow] = []
  private var row: TriedRow = [:]

  init(_ watched: [Int]) { self.watched = watched }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    row[column] = (
      original.map { String(decoding: $0, as: UTF8.self) }, copied.map { String(decoding: $0, as: UTF8.self) }
    )
  }

  func finishedRow() {
    rows.append(row)
    row = [:]
  }
}

extension CopyPlan.Table {
  fileprivate var changesValues: Bool {
    !liftedColumns.isEmpty
      || columns.contains { column in
        if case .kept = column.mask { false } else { true }
      }
  }
}

extension QualifiedName {
  /// Without the schema that everybody has.
  var asRulesHaveIt: String { schema == "public" ? name : description }
}

import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// Rows of a sample as the source has them, in memory: to be masked again and again, in one way or another.
struct SampledRows: Sendable {
  /// Messages of COPY, by the statement that reads them.
  private var messages: [String: [[UInt8]]] = [:]

  /// Reads what is not here yet, with what the source changes on the way.
  mutating func read(_ tables: [CarriedTable], from lead: Lead, stall: Duration) throws(RefreshFailure) {
    let missing = tables.flatMap(\.originalsOfRows).filter { messages[$0.reading] == nil }
    guard !missing.isEmpty else { return }
    let transaction = try lead.readers.take()
    defer { transaction.rollback() }
    for table in missing {
      let sql = table.reading
      var rows: [[UInt8]] = []
      try reaching { () throws(DatabaseError) in
        try transaction.session.lookUpNames(in: table.searchPath, deadline: .after(stall))
        let reader = try transaction.session.beginCopyOut(
          sql, stall: stall, as: "reading a sample of \(table.plan.table)")
        while let row = try reader.next() { rows.append(Array(row)) }
      }
      messages[sql] = rows
    }
  }

  subscript(table: CarriedTable) -> [[UInt8]] { messages[table.reading(nil)] ?? [] }

  /// What the rows become, for COPY into the copy.
  func masked(_ table: CarriedTable) throws(RefreshFailure) -> [UInt8] {
    var sink = ByteSink(capacity: 64 << 10)
    do throws(RowFailure) {
      var masker = try RowMasker(table.plan)
      for message in self[table] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 8)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: message)
        try masker.mask(UnsafeRawBufferPointer(bytes), into: &sink)
      }
    } catch { throw .refused(error.description) }
    return Array(sink.bytes)
  }

  /// The originals of a plan's columns, and what its masks make of them where no SQL makes something else of it later.
  func knowledge(
    of tables: [CarriedTable], _ keys: LeakKeys, before sql: UnliftedSQL
  ) throws(RefreshFailure) -> (filter: LeakFilter, expected: ExpectedValues) {
    let collector = OriginalsCollector(keys, expecting: 100_000)
    var expected = ExpectedValues(collector.fingerprinter)
    for table in tables {
      do throws(RowFailure) {
        for part in table.originalsOfRows { try collector.take(messages[part.reading] ?? [], of: part.plan) }
        try expected.add(
          self[table], of: table.plan.leaving(to: sql), shuffled: table.settled(table.shuffled, before: sql),
          toldBy: table.settled(table.toldBy, before: sql) == table.toldBy ? table.toldBy : [])
      } catch { throw .refused(error.description) }
    }
    do { return (try collector.finish(), expected) } catch { throw .refused(error.description) }
  }
}

extension CarriedTable {
  /// The places whose values no SQL makes anew afterwards.
  fileprivate func settled(_ places: [Int], before sql: UnliftedSQL) -> [Int] {
    places.filter { !sql.mayChange(ColumnName(plan.table, plan.columns[$0].name)) }
  }
}

extension RowPlan {
  /// Without the masks of columns whose values may be another's work in the end.
  fileprivate func leaving(to sql: UnliftedSQL) -> RowPlan {
    var plan = self
    for index in plan.columns.indices where sql.mayChange(ColumnName(table, plan.columns[index].name)) {
      plan.columns[index].mask = nil
    }
    return plan
  }
}

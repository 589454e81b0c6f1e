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

  /// What the rows become, for COPY into the copy; and a sum over them that does not hang on their order.
  func masked(_ table: CarriedTable) throws(RefreshFailure) -> (bytes: [UInt8], sum: Int) {
    var sink = ByteSink(capacity: 64 << 10)
    var sum = 0
    // The binary format's header stands before whichever row is the first.
    var start = table.plan.format == .binary ? Self.headerBytes : 0
    do throws(RowFailure) {
      var masker = try RowMasker(table.plan)
      for message in self[table] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 8)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: message)
        try masker.mask(UnsafeRawBufferPointer(bytes), into: &sink)
        sum &+= sink.bytes(from: min(start, sink.count)).hashed
        start = sink.count
      }
    } catch { throw .refused(error.description) }
    return (Array(sink.bytes), sum)
  }

  private static let headerBytes = 19

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
          self[table], of: table.leaving(to: sql), shuffled: table.settled(table.shuffled, before: sql),
          toldBy: table.settled(table.toldBy, before: sql) == table.toldBy ? table.toldBy : [])
      } catch { throw .refused(error.description) }
    }
    do { return (try collector.finish(), expected) } catch { throw .refused(error.description) }
  }
}

extension CarriedTable {
  /// The places whose values no SQL makes anew afterwards.
  fileprivate func settled(_ places: [Int], before sql: UnliftedSQL) -> [Int] {
    places.filter { !mayChange($0, sql) }
  }

  /// A statement may name a partition, or the table that it is a part of.
  private func mayChange(_ place: Int, _ sql: UnliftedSQL) -> Bool {
    let name = plan.columns[place].name
    return sql.mayChange(ColumnName(plan.table, name)) || sql.mayChange(ColumnName(root ?? plan.table, name))
  }

  /// The plan without the masks of columns whose values may be another's work in the end.
  fileprivate func leaving(to sql: UnliftedSQL) -> RowPlan {
    var plan = plan
    for index in plan.columns.indices where mayChange(index, sql) { plan.columns[index].mask = nil }
    return plan
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var hashed: Int {
    var hasher = Hasher()
    hasher.combine(bytes: self)
    return hasher.finalize()
  }
}

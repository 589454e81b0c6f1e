import Masking
import PostgreSQL
import TestServers
import Testing

@testable import Verification

/// One stream of a table answers all checks of its rows.
@Suite(.timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct TableReaderTests {
  /// Knows texts that begin with `user_`, and as many digits as it was told.
  private struct Prefixed: Mask {
    var length: Int
    var traits: MaskTraits { MaskTraits(uniqueness: .preserved) }
    func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }
    func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
      value.count == length && value.starts(with: Array("user_".utf8))
    }
  }

  private static let columns: [(String, ColumnType.Family)] = [
    ("id", .integer(bytes: 4)), ("email", .text), ("note", .text), ("day", .date), ("price", .numeric),
  ]

  private func table(_ masks: [String: [any Mask]], key: Bool = true) throws -> CheckedTable {
    let table = Table(
      name: QualifiedName("public", "t"),
      columns: Self.columns.map { Column(name: $0.0, type: ColumnType(name: $0.0, family: $0.1)) },
      uniqueKeys: key ? [UniqueKey(name: "key", columns: ["id"], isPrimary: true)] : [], bytes: 8_192)
    return try #require(CheckedTable(table, masks: { masks[$0.column] ?? [] }, declaration: { _ in .none }))
  }

  private func read(_ sql: String, _ table: CheckedTable, filtered: Bool = true) throws -> (CopyReading, ProbedCopy) {
    let copy = try ProbedCopy(sql)
    var reading = CopyReading([table])
    let part = filtered ? try copy.filter.part(0) : nil
    if let part { reading.begin(part) }
    let reader = TableReader(part)
    reading.add(try reader.read(table, in: try copy.session(), stall: noStall), of: 0)
    return (reading, copy)
  }

  private static let rows = """
    CREATE TABLE t (id int PRIMARY KEY, email text, note text, day date, price numeric);
    INSERT INTO t SELECT i, CASE WHEN i = 7 THEN 'stranger' WHEN i % 10 = 0 THEN NULL ELSE 'user_' || lpad(i::text, 8, '0') END,
      CASE WHEN i = 9 THEN 'ask ' || \(ProbedCopy.sqlMail) || ' first' ELSE 'order ' || i END, '2020-01-01', i + 0.5
    FROM generate_series(1, 500) i;
    """

  @Test func grammarLeaksAndRowsComeOutOfOneStream() throws {
    let (reading, copy) = try read(Self.rows, try table(["email": [Prefixed(length: 13)]]))
    #expect(reading.rows == 500)
    let grammar = reading.grammar
    #expect(grammar.columns == 1 && grammar.values == 450)
    #expect(grammar.findings.map(\.strangers) == [1])
    #expect(grammar.findings.first?.keys == ["id=7"] && grammar.findings.first?.sample == "s***")
    let leaks = reading.leaks(copy.filter, known: try copy.known(reading.suspects))
    #expect(leaks.leaks.map(\.place.title) == ["t.note"] && leaks.leaks.first?.keys == ["id=9"])
    #expect(reading.sample(of: ColumnName(QualifiedName("public", "t"), "note"))?.hasSuffix(".example") == false)
    #expect(reading.sample(of: ColumnName(QualifiedName("public", "t"), "note"))?.hasPrefix("p***@m***") == true)
  }

  /// Of masks that differ in their length, the one that the first value fits is the one of the column.
  @Test func theLengthOfAMaskIsThatOfItsFirstValue() throws {
    let (fitting, _) = try read(
      Self.rows, try table(["email": [Prefixed(length: 20), Prefixed(length: 13)]]), filtered: false)
    #expect(fitting.grammar.findings.map(\.strangers) == [1])
    let (other, _) = try read(Self.rows, try table(["email": [Prefixed(length: 20)]]), filtered: false)
    #expect(other.grammar.findings.map(\.strangers) == [450])
  }

  /// Rows are counted where no column is asked about, and without a filter nothing is said of leaks.
  @Test func rowsAreCountedWithoutAnyColumn() throws {
    let bare = Table(
      name: QualifiedName("public", "t"),
      columns: [Column(name: "id", type: ColumnType(name: "id", family: .integer(bytes: 4)))], bytes: 8_192)
    let table = try #require(CheckedTable(bare, masks: { _ in [] }, declaration: { _ in .none }))
    let (reading, _) = try read(Self.rows, table, filtered: false)
    #expect(reading.rows == 500 && reading.suspects.isEmpty && reading.grammar.columns == 0)
  }

  /// Ranges of pages together are the table.
  @Test func rangesOfPagesAddUp() throws {
    let copy = try ProbedCopy(Self.rows)
    let table = try table(["email": [Prefixed(length: 13)]])
    var reading = CopyReading([table])
    let reader = TableReader(nil)
    for pages in [(from: 0, upTo: Int?(1)), (1, 2), (2, nil)] {
      reading.add(try reader.read(table, pages, in: try copy.session(), stall: noStall), of: 0)
    }
    #expect(reading.rows == 500 && reading.grammar.values == 450 && reading.grammar.findings.map(\.strangers) == [1])
  }

  /// A further part of the filter is looked for in the same rows, which are counted once.
  @Test func furtherPassesCountNothingTwice() throws {
    let copy = try ProbedCopy(Self.rows)
    let table = try table(["email": [Prefixed(length: 13)]])
    var reading = CopyReading([table])
    let part = try copy.filter.part(0)
    for pass in 0..<2 {
      let reader = TableReader(part, isFirst: pass == 0)
      reading.add(try reader.read(table, in: try copy.session(), stall: noStall), of: 0, pass: pass)
    }
    #expect(reading.rows == 500 && reading.grammar.values == 450 && reading.grammar.findings.map(\.strangers) == [1])
  }
}

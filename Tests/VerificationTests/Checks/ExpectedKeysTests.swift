import Masking
import PostgreSQL
import TestServers
import Testing

@testable import Verification

/// Rows that are told by a UUID and a number behind their values; days without a date, NULL, and a type that rounds.
@Suite(.timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct ExpectedKeysTests {
  private static let name = QualifiedName("public", "t")
  private static let columns = [
    Column(name: "team", type: ColumnType(name: "text", family: .text)),
    Column(name: "since", type: ColumnType(name: "date", family: .date)),
    Column(name: "pay", type: ColumnType(name: "numeric", family: .numeric), declaration: "numeric(6,-2)"),
    Column(name: "n", type: ColumnType(name: "integer", family: .integer(bytes: 4))),
    Column(name: "u", type: ColumnType(name: "uuid", family: .uuid)),
  ]

  /// Rows of which the first two columns are those of the row that is `next` rows on.
  private static func rows(pay: Int, next: Int) -> String {
    """
    SELECT CASE WHEN (i + \(next)) % 5 > 0 THEN 'team ' || (i + \(next)) % 7 END,
      CASE (i + \(next)) % 4 WHEN 0 THEN 'infinity' WHEN 1 THEN '0044-03-15 BC'::date
        ELSE '2001-01-01'::date + i + \(next) END,
      (i + \(pay))::numeric, i, md5((i / 2)::text)::uuid FROM generate_series(1, 100) i
    """
  }

  private func unexpected(_ rows: String, _ format: RowFormat) throws -> [String: Int] {
    let copy = try ProbedCopy(
      "CREATE TABLE t (team text, since date, pay numeric(6,-2), n int, u uuid, PRIMARY KEY (u, n)); INSERT INTO t \(rows)"
    )
    let session = try copy.session()
    var messages: [[UInt8]] = []
    try session.copyOut(
      "COPY (\(Self.rows(pay: 1_000, next: 1))) TO STDOUT (FORMAT \(format.rawValue))", stall: noStall
    ) { messages.append(Array($0)) }
    // No mask of ours reads a binary `numeric`.
    let masked = format == .text ? "pay" : ""
    let columns = Self.columns.map { column in
      RowPlan.Column(name: column.name, type: column.type, mask: column.name == masked ? Raised() as any Mask : nil)
    }
    var expected = ExpectedValues(Fingerprinter(try leakKeys()))
    try expected.add(
      messages, of: RowPlan(table: Self.name, format: format, columns: columns, key: [4, 3]), shuffled: [0, 1],
      toldBy: [4, 3])
    let table = try #require(
      CheckedTable(
        Table(
          name: Self.name, columns: Self.columns,
          uniqueKeys: [UniqueKey(name: "key", columns: ["u", "n"], isPrimary: true)]),
        masks: { $0.column == masked ? [Raised()] : [] },
        declaration: { $0.column == "team" ? .keepsOriginals : .none }, expected: expected))
    var reading = CopyReading([table])
    reading.add(try TableReader(nil).read(table, in: session, stall: noStall), of: 0)
    #expect(reading.rows == 100 && reading.grammar.heldColumns == 2)
    #expect(reading.grammar.columns == (format == .text ? 3 : 2))
    return Dictionary(uniqueKeysWithValues: reading.grammar.findings.map { ($0.column.column, $0.unexpected) })
  }

  /// What is stored of 1,234 as `numeric(6,-2)` is 1,200, and nobody's fault.
  @Test(arguments: [RowFormat.binary, .text]) func theWholeKeyTellsARow(_ format: RowFormat) throws {
    #expect(try unexpected(Self.rows(pay: 1_001, next: 1), format) == [:])
    // Every fifth value is NULL, and says nothing.
    #expect(try unexpected(Self.rows(pay: 1_001, next: 0), format) == ["team": 80, "since": 100])
  }
}

import Masking
import PostgreSQL
import TestServers
import Testing

@testable import Verification

/// The next number: of a hundred in a row nearly every one is also the mask of another.
struct Raised: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .preserved, leak: .off) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) {
    sink.append(Array("\((Int(String(decoding: value, as: UTF8.self)) ?? 0) + 1)".utf8))
  }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

/// Numbers near the original, and values that only change places: each has to stand in the row that it is the mask of.
@Suite(.timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct ExpectedRowsTests {
  private static let name = QualifiedName("public", "t")
  private static let columns = [
    Column(name: "id", type: ColumnType(name: "integer", family: .integer(bytes: 4))),
    Column(name: "pay", type: ColumnType(name: "integer", family: .integer(bytes: 4))),
    Column(name: "share", type: ColumnType(name: "numeric", family: .numeric), declaration: "numeric(6,2)"),
    Column(name: "team", type: ColumnType(name: "text", family: .text)),
  ]

  /// Rows of which the last two columns are those of the row that is `next` rows on.
  private static func rows(pay: Int, next: Int) -> String {
    "SELECT i, i + \(pay), ((i + \(next)) % 7 + 0.5)::numeric(6,2), 'team ' || (i + \(next)) % 7 FROM generate_series(1, 100) i"
  }

  /// How many values of each column are none that the rules give their rows.
  private func unexpected(_ rows: String, _ format: RowFormat, hasKey: Bool = true) throws -> [String: Int] {
    let copy = try ProbedCopy(
      "CREATE TABLE t (id int PRIMARY KEY, pay int, share numeric(6,2), team text); INSERT INTO t \(rows)")
    let session = try copy.session()
    var messages: [[UInt8]] = []
    try session.copyOut(
      "COPY (\(Self.rows(pay: 1_000, next: 1))) TO STDOUT (FORMAT \(format.rawValue))", stall: noStall
    ) { messages.append(Array($0)) }
    let columns = Self.columns.map { column in
      RowPlan.Column(name: column.name, type: column.type, mask: column.name == "pay" ? Raised() as any Mask : nil)
    }
    var expected = ExpectedValues(Fingerprinter(try leakKeys()))
    try expected.add(
      messages, of: RowPlan(table: Self.name, format: format, columns: columns, key: [0]), shuffled: [2, 3],
      toldBy: [0])
    let keys = hasKey ? [UniqueKey(name: "key", columns: ["id"], isPrimary: true)] : []
    let table = try #require(
      CheckedTable(
        Table(name: Self.name, columns: Self.columns, uniqueKeys: keys),
        masks: { $0.column == "pay" ? [Raised()] : [] },
        declaration: { $0.column == "team" ? .keepsOriginals : .none }, expected: expected))
    var reading = CopyReading([table])
    reading.add(try TableReader(nil).read(table, in: session, stall: noStall), of: 0)
    #expect(reading.rows == 100 && reading.grammar.columns == (hasKey ? 3 : 1))
    return Dictionary(uniqueKeysWithValues: reading.grammar.findings.map { ($0.column.column, $0.unexpected) })
  }

  @Test(arguments: [RowFormat.binary, .text]) func everyValueIsExpectedInItsOwnRow(_ format: RowFormat) throws {
    #expect(try unexpected(Self.rows(pay: 1_001, next: 1), format) == [:])
    #expect(try unexpected(Self.rows(pay: 1_000, next: 1), format) == ["pay": 100])
    #expect(try unexpected(Self.rows(pay: 1_001, next: 0), format) == ["share": 100, "team": 100])
    #expect(try unexpected(Self.rows(pay: 1_001, next: 3), format) == ["share": 100, "team": 100])
  }

  /// Where nothing tells the rows, a value may stand in any of them; and of shuffled ones nothing can be said.
  @Test func withoutAKeyValuesAreExpectedAnywhere() throws {
    #expect(try unexpected(Self.rows(pay: 1_000, next: 0), .binary, hasKey: false) == ["pay": 1])
    #expect(try unexpected(Self.rows(pay: 1_001, next: 0), .binary, hasKey: false) == [:])
  }
}

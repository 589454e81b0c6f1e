import Masking
import PostgreSQL
import TestServers
import Testing

@testable import Verification

/// What a report shows of a find: the find itself, masked, and nothing of the text that it stands in.
@Suite(.timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct FoundSampleTests {
  private static let note = "Frau Wagner bat am Montag um Rückruf"

  /// An original, how it stands in a text, and what is shown of it.
  @Test(arguments: [
    ("John.Doe@gmail.com", "john.doe@gmail.com", "j***@g***.com"),
    ("Margarethe Johannsen", "Margarethe Johannsen", "m*** j***"),
    ("+49 151 23456789", "+49 151 2345 6789", "*************"),
    ("DE02120300000000202051", "DE02120300000000202051", "d***"),
  ])
  func aSampleShowsTheFindAndNoWordAroundIt(_ original: String, _ written: String, _ shown: String) throws {
    let text = "\(Self.note): <\(written)>, dringend"
    let copy = try ProbedCopy(
      """
      CREATE TABLE t (id int PRIMARY KEY, note text, details jsonb, lines text[]);
      INSERT INTO t SELECT 7, note, jsonb_build_object('Wagner', jsonb_build_array(1, note)), ARRAY['Montag', note]
        FROM (VALUES ('\(text)')) AS v (note);
      """)
    let list = ColumnType.Family.array(of: ColumnType(name: "text", family: .text))
    let table = try copy.table("t", [("note", .text), ("details", .jsonb), ("lines", list)])
    let filter = try collect([original])
    let part = try filter.part(0)
    var reading = CopyReading([table])
    reading.begin(part)
    reading.add(try TableReader(part).read(table, in: try copy.session(), stall: noStall), of: 0)
    for column in ["note", "details", "lines"] {
      #expect(reading.sample(of: ColumnName(QualifiedName("public", "t"), column)) == shown, "\(column)")
    }
    let report = reading.leaks(filter, known: reading.suspects)
    #expect(report.leaks.count == 3)
    let said = report.sentences.joined()
    let words = Self.note.split(separator: " ").map(String.init) + ["dringend", String(written.suffix(5))]
    for word in words where word.count > 2 {
      #expect(!said.contains(word), "\(word)")
    }
  }

  /// Of a value that no mask has made, the first letters of three words.
  @Test func aStrangerInTextShowsNoWordEither() throws {
    let copy = try ProbedCopy(
      """
      CREATE TABLE t (id int PRIMARY KEY, note text);
      INSERT INTO t VALUES (1, '[gone]'), (2, '\(Self.note): john.doe@gmail.com, dringend');
      """)
    let bare = Table(
      name: QualifiedName("public", "t"),
      columns: [
        Column(name: "id", type: ColumnType(name: "integer", family: .integer(bytes: 4))),
        Column(name: "note", type: ColumnType(name: "text", family: .text)),
      ], uniqueKeys: [UniqueKey(name: "key", columns: ["id"], isPrimary: true)])
    let table = try #require(
      CheckedTable(bare, masks: { $0.column == "note" ? [Gone()] : [] }, declaration: { _ in .none }))
    var reading = CopyReading([table])
    reading.add(try TableReader(nil).read(table, in: try copy.session(), stall: noStall), of: 0)
    let found = try #require(reading.grammar.findings.first)
    #expect(found.strangers == 1 && found.keys == ["id=2"])
    #expect(found.sample == "F*** W*** b*** …")
  }

  /// Leaves the same in place of every text.
  private struct Gone: Mask {
    var traits: MaskTraits { MaskTraits(uniqueness: .lossy) }
    func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append("[gone]") }
    func recognises(_ value: UnsafeRawBufferPointer) -> Bool { value.elementsEqual("[gone]".utf8) }
  }
}

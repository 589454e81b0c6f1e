import PostgreSQL
import Runtime
import TestServers
import Testing

/// Only a hang reaches it.
let noStall = Duration.seconds(20)

extension CopyWriter {
  func write(_ text: String) throws {
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBytes { try write($0) }
  }
}

/// Streams of rows out of and into a server.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CopyStreamTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  private func lines(_ session: Session, _ sql: String) throws -> [String] {
    var lines: [String] = []
    try session.copyOut(sql, stall: noStall) { bytes in lines.append(String(decoding: bytes, as: UTF8.self)) }
    return lines
  }

  @Test func rowsComeAsTheServerWritesThem() throws {
    let session = try connected(server)
    let found = try lines(session, "COPY (VALUES (1, 'a\tb'), (2, NULL), (3, E'\\\\')) TO STDOUT")
    #expect(found == ["1\ta\\tb\n", "2\t\\N\n", "3\t\\\\\n"])
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  @Test func aBinaryStreamHasItsHeaderWithTheFirstRow() throws {
    let session = try connected(server)
    let reader = try session.beginCopyOut("COPY (SELECT 7::int2) TO STDOUT (FORMAT binary)", stall: noStall)
    #expect(reader.format == .binary)
    var messages: [[UInt8]] = []
    while let message = try reader.next() { messages.append(Array(message)) }
    let header = Array("PGCOPY\n".utf8) + [0xFF, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    #expect(messages == [header + [0, 1, 0, 0, 0, 2, 0, 7], [0xFF, 0xFF]])
    #expect(reader.rows == 1)
  }

  @Test(arguments: ["text", "binary"])
  func aTableWithoutRowsIsNoRow(format: String) throws {
    let session = try connected(server)
    let sql = "COPY (SELECT 1 WHERE false) TO STDOUT (FORMAT \(format))"
    #expect(try session.copyOut(sql, stall: noStall) { _ in } == 0)
  }

  @Test func piecesNeedNotEndWithARow() throws {
    let session = try connected(server)
    _ = try session.query("CREATE TEMP TABLE pieces (n int, t text)", deadline: patience)
    let writer = try session.beginCopyIn("COPY pieces FROM STDIN", stall: noStall)
    for piece in ["1\tfir", "st\n2\t", "", "\\N\n3\tthird\n"] { try writer.write(piece) }
    #expect(try writer.finish() == 3)
    #expect(writer.bytes == 21)
    #expect(try lines(session, "COPY pieces TO STDOUT") == ["1\tfirst\n", "2\t\\N\n", "3\tthird\n"])
  }

  /// Many times what socket and libpq hold, so every wait of the writer is waited.
  @Test func aLargeStreamArrivesWhole() throws {
    let (from, to) = (try connected(server), try connected(server))
    _ = try to.query("CREATE TEMP TABLE large (n int, t text)", deadline: patience)
    let writer = try to.beginCopyIn("COPY large FROM STDIN", stall: noStall)
    let rows = try from.copyOut(
      "COPY (SELECT n, repeat(md5(n::text), 60) FROM generate_series(1, 20000) n) TO STDOUT", stall: noStall
    ) { bytes throws(DatabaseError) in try writer.write(bytes) }
    #expect(rows == 20_000)
    #expect(try writer.finish() == 20_000)
    let sums = "sum(hashtext(t)) FROM"
    let found = try to.query("SELECT \(sums) large", deadline: patience).single
    let expected = try from.query(
      "SELECT \(sums) (SELECT repeat(md5(n::text), 60) AS t FROM generate_series(1, 20000) n) s", deadline: patience)
    #expect(found == expected.single)
  }

  @Test func aRefusalInTheMiddleIsHeardBeforeTheEnd() throws {
    let session = try connected(server)
    _ = try session.query("CREATE TEMP TABLE numbers (n int)", deadline: patience)
    let writer = try session.beginCopyIn("COPY numbers FROM STDIN", stall: noStall)
    try writer.write("1\nceo@example.com\n")
    // Far more than any buffer between holds; without listening the loop would run to its end.
    var written = 0
    let error = try databaseError {
      while written < 4_000_000 {
        try writer.write(String(repeating: "2\n", count: 8_000))
        written += 8_000
      }
    }
    #expect(error.sqlstate == "22P02")
    #expect(written < 4_000_000)
    #expect(!"\(error)".contains("ceo"))
    #expect(try session.query("SELECT count(*) FROM numbers", deadline: patience).single == "0")
  }

  @Test func aNoticeIsNoRefusal() throws {
    let session = try connected(server)
    for sql in [
      "CREATE TEMP TABLE loud (n int)",
      "CREATE FUNCTION pg_temp.speak() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE 'row'; RETURN NEW; END$$",
      "CREATE TRIGGER speak BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION pg_temp.speak()",
    ] { _ = try session.query(sql, deadline: patience) }
    let writer = try session.beginCopyIn("COPY loud FROM STDIN", stall: noStall)
    for _ in 1...200 { try writer.write(String(repeating: "1\n", count: 100)) }
    #expect(try writer.finish() == 20_000)
  }

  /// A failed COPY prints rows.
  @Test(arguments: [
    ("1\t2026-01-01\tceo@example.com\textra\n", "22P04"), ("x-ceo\t2026-01-01\ta\n", "22P02"),
    ("1\tceo\ta\n", "22007"), ("2\t2026-01-01\tceo@example.com\n", "23505"), ("3\t2026-01-01\t\\N\n", "23502"),
    ("4\t2026-01-01\tceo@example.com too long\n", "22001"), ("5\t1999-01-01\tceo\n", "23514"),
  ])
  func aRefusedRowIsNotInTheError(row: String, sqlstate: String) throws {
    let session = try connected(server)
    _ = try session.query(
      """
      CREATE TEMP TABLE people (id int PRIMARY KEY, born date CHECK (born > '2000-01-01'), name varchar(16) NOT NULL)
      """, deadline: patience)
    _ = try session.query("INSERT INTO people VALUES (2, '2026-01-01', 'b')", deadline: patience)
    let writer = try session.beginCopyIn("COPY people FROM STDIN", stall: noStall, as: "writing people")
    let error = try databaseError {
      try writer.write(row)
      _ = try writer.finish()
    }
    #expect(error.sqlstate == sqlstate)
    #expect(!"\(error)".contains("ceo"))
    #expect(error.operation == "writing people")
    #expect(session.isOpen)
  }

  @Test func anErrorAmongTheRowsIsTheServers() throws {
    let session = try connected(server)
    let error = try databaseError {
      try session.copyOut("COPY (SELECT 1 / (n - 500) FROM generate_series(1, 1000) n) TO STDOUT", stall: noStall) {
        _ in
      }
    }
    #expect(error.sqlstate == "22012")
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  @Test func givingUpForgetsTheRowsAndKeepsTheSession() throws {
    let session = try connected(server)
    _ = try session.query("CREATE TEMP TABLE half (n int)", deadline: patience)
    let writer = try session.beginCopyIn("COPY half FROM STDIN", stall: noStall)
    try writer.write("1\n2\n")
    writer.fail("no more")
    #expect(try session.query("SELECT count(*) FROM half", deadline: patience).single == "0")
    #expect(try databaseError { try writer.write("3\n") }.kind == .closed)
  }

  @Test func aReaderOrWriterThatIsLetGoClosesItsSession() throws {
    let session = try connected(server)
    _ = try session.query("CREATE TEMP TABLE half (n int)", deadline: patience)
    _ = try session.beginCopyIn("COPY half FROM STDIN", stall: noStall)
    #expect(!session.isOpen)
    let other = try connected(server)
    _ = try other.beginCopyOut("COPY (SELECT generate_series(1, 1000000)) TO STDOUT", stall: noStall).next()
    #expect(!other.isOpen)
  }

  @Test(arguments: ["SELECT 1", "CREATE TEMP TABLE nothing (n int)"])
  func whatIsNoCopyIsMisuse(sql: String) throws {
    let session = try connected(server)
    let error = try databaseError { try session.copyOut(sql, stall: noStall) { _ in } }
    #expect(error.kind == .misused)
    #expect(session.isOpen)
  }

  @Test func theWrongDirectionIsMisuse() throws {
    let session = try connected(server)
    let error = try databaseError { _ = try session.beginCopyIn("COPY (SELECT 1) TO STDOUT", stall: noStall) }
    #expect(error.kind == .misused)
    #expect(!session.isOpen)
  }
}

import Documents
import Foundation
import SQL
import Testing

struct ParsingTests {
  private func error(_ text: String) -> SQLError? {
    do {
      _ = try SQL.parse(text)
      return nil
    } catch { return error }
  }

  @Test func statementsHaveKindRangeAndTree() throws {
    let text = "-- first\nUPDATE t SET a = ';' ;\n/* a /* b */ ; */ DELETE FROM x;; SELECT 'ä' ; "
    let statements = try SQL.parse(text)
    #expect(statements.map(\.kind) == ["UpdateStmt", "DeleteStmt", "SelectStmt"])
    let bytes = Array(text.utf8)
    #expect(
      statements.map { String(decoding: bytes[$0.range], as: UTF8.self).trimmingCharacters(in: .whitespaces) }
        == ["UPDATE t SET a = ';'", "DELETE FROM x", "SELECT 'ä'"])
    #expect(statements[0].tree["relation", "relname"] == "t")
  }

  @Test(arguments: ["", " \n", "-- only a comment", ";;", "/* x */;"])
  func nothingIsNoStatement(_ text: String) throws { #expect(try SQL.parse(text).isEmpty) }

  /// The library's scanner takes the semicolons of the body for ends of statements.
  @Test func bodiesOfFunctionsAreNotCut() throws {
    let text = "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3"
    #expect(try SQL.parse(text).map(\.kind) == ["CreateFunctionStmt", "SelectStmt"])
  }

  @Test(arguments: [
    ("SELECT 'abc', FORM x y z", "syntax error at or near \"y\"", 21),
    ("SELECT 'äöü', FORM x y z", "syntax error at or near \"y\"", 24),
    ("SELECT 1;\nSELECT 2 FROM", "syntax error at end of input", 23),
    ("SELECT 'abc", "unterminated quoted string at or near \"'abc\"", 7),
    ("SELECT \u{0}", "the character NUL cannot stand in SQL", 7),
  ])
  func mistakesHavePositions(_ text: String, _ message: String, _ offset: Int) {
    #expect(error(text)?.message == message)
    #expect(error(text)?.offset == offset)
  }

  @Test func linesAndColumnsCountScalars() {
    let position = SQL.position(of: 12, in: "ä\nöö x\n\u{1F600}")
    #expect(position.line == 3 && position.column == 2)
    #expect(SQL.position(of: 0, in: "") == (1, 1))
  }

  @Test func aQuotedRestOfTheTextIsCut() throws {
    let found = try #require(error("SELECT 'hunter2\n" + String(repeating: "x", count: 5_000)))
    #expect(found.message.count < 120 && !found.message.contains("\n"))
  }

  /// Every text ends with an answer: statements, or an error.
  @Test func textsThatNestDeeplyAreRefused() {
    let count = 100_000
    for (open, middle, close) in [
      ("(", "1", ")"), ("1+", "1", ""), ("NOT ", "true", ""), ("(SELECT ", "1", ")"), ("+", "1", ""), ("- ", "1", ""),
      ("CASE WHEN true THEN ", "1", " END"), ("ARRAY[", "1", "]"), ("f(", "1", ")"), ("1::", "int", ""),
      ("a.b || ", "1", ""), ("1 UNION SELECT ", "1", ""), ("a IS NULL = ", "b", ""), ("a[", "1", "]"),
    ] {
      let body = String(repeating: open, count: count) + middle + String(repeating: close, count: count)
      #expect(error("SELECT \(body)") != nil, "\(open)")
      let last = "SELECT " + String(repeating: open, count: count) + middle
      #expect(error(last) != nil, "\(open)")
    }
    let joins = "SELECT * FROM t" + String(repeating: " JOIN t USING (a)", count: 50_000)
    #expect(error(joins) != nil)
  }

  /// At the limit a thread of the size that commands use is enough.
  @Test func whatIsNotRefusedFitsASmallStack() async {
    for (open, middle, close) in [
      ("(SELECT ", "1", ")"), ("f(", "1", ")"), ("1+", "1", ""), ("NOT ", "true", ""),
      ("CASE WHEN true THEN ", "1", " END"),
      ("+", "1", ""), ("1 UNION SELECT ", "1", ""),
    ] {
      for count in [100, 300, 600, 990, 1_900] {
        let body = String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        await withCheckedContinuation { done in
          let thread = Thread {
            _ = try? SQL.parse("SELECT \(body)")
            done.resume()
          }
          thread.stackSize = 1 << 20
          thread.start()
        }
      }
    }
  }

  @Test func longTextsThatAreFlatAreRead() throws {
    let rows = (0..<10_000).map { "(\($0), now() - INTERVAL '1 day', 'x'::text, NULL)" }.joined(separator: ",")
    #expect(try SQL.parse("INSERT INTO t VALUES \(rows)").count == 1)
    let statements = String(repeating: "UPDATE t SET a = b || 'x' WHERE c = 1 AND d IS NULL;\n", count: 10_000)
    #expect(try SQL.parse(statements).count == 10_000)
    let comments = String(repeating: "-- a comment\n", count: 5_000)
    #expect(try SQL.parse(comments + "SELECT 1").count == 1)
  }

  @Test func aTextOverAMegabyteIsNotRead() {
    let just = "SELECT '" + String(repeating: "x", count: SQL.sizeLimit - 9) + "'"
    #expect(error(just) == nil)
    #expect(error(just + " ")?.message == "the SQL is over 1 MB and is not read")
  }

  @Test func stringsOfAnyCharactersComeBackAsTheyAre() throws {
    let odd = (1..<128).map { String(UnicodeScalar(UInt8($0))) }.joined() + "ä\u{200E}\u{1F600}\\\"</script>"
    let quoted = odd.replacingOccurrences(of: "'", with: "''")
    let tree = try #require(try SQL.parse("SELECT '\(quoted)'").first).tree
    var found: [String] = []
    tree.eachNode { kind, body in
      if kind == "A_Const", let text = body["sval"]?["sval"]?.string { found.append(text) }
    }
    #expect(found == [odd])
  }

  @Test func manyThreadsParseAtOnce() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<200 {
        group.addTask { try SQL.parse("SELECT \(number); DELETE FROM t WHERE a = '\(number)'").count }
      }
      for try await count in group { #expect(count == 2) }
    }
  }

  /// Random pieces of SQL, in any order: an answer each time, and positions inside the text.
  @Test func randomTokensNeverEndTheProcess() {
    let pieces = [
      "SELECT", "FROM", "t", "(", ")", ",", ";", "'a'", "$$", "--", "/*", "*/", "\n", "::", "UPDATE", "SET", "=", "||",
      "E'\\b'", "\"", "'", "ä", "1e5", "$1", "WITH", "AS", "CASE", "END", "[", "]", "@", "BEGIN ATOMIC", "U&'\\0041'",
    ]
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...25, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined(separator: " ")
      do {
        for statement in try SQL.parse(text) { #expect(statement.range.upperBound <= text.utf8.count, "\(text)") }
      } catch {
        #expect((0...text.utf8.count).contains(error.offset), "\(text)")
      }
    }
  }

  /// Nothing of ten thousand statements stays behind, those that fail among them. In a process of its own, whose
  /// memory no other test's moves.
  @Test func memoryIsGivenBack() async {
    await #expect(processExitsWith: .success) {
      func parse(_ count: Int) {
        for number in 0..<count {
          _ = try? SQL.parse("UPDATE users SET email = 'user_' || id || '@x.example', n = \(number) WHERE a ~ 'b'")
          _ = try? SQL.parse("SELECT \(number) FROM FROM")
        }
      }
      parse(1_000)
      let before = try residentKilobytes()
      parse(10_000)
      #expect(try residentKilobytes() - before < 8_000)
    }
  }
}

private func residentKilobytes() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
  return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
}

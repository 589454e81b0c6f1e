import Documents
import Kinds
import Reconciliation
import Testing

/// A script of checks as psql would read it, and what its answers say.
struct CheckScriptTests {
  private func read(_ text: String) -> (script: CheckScript, diagnostics: [Diagnostic]) {
    CheckScript.read(Source(name: "verify.sql", bytes: Array(text.utf8)))
  }

  private func queries(_ text: String) -> [String] {
    let (script, diagnostics) = read(text)
    #expect(diagnostics.isEmpty, "\(diagnostics)")
    return script.queries.map(\.sql)
  }

  @Test(arguments: [
    ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
    ("-- a comment; with \\x\n/* ; */ SELECT 1 -- end\n;\n", ["SELECT 1 -- end\n"]),
    ("SELECT ';', E'a\\';b', \";\", $$;$$, $t$ ; $$ $t$;", ["SELECT ';', E'a\\';b', \";\", $$;$$, $t$ ; $$ $t$"]),
    ("\u{FEFF}TABLE a;VALUES (1);", ["TABLE a", "VALUES (1)"]),
  ]) func statementsEndAtTheirSemicolons(_ text: String, _ expected: [String]) {
    #expect(queries(text) == expected)
  }

  @Test(arguments: [
    ("\\set d 'anon.example'\nSELECT :'d';", "SELECT 'anon.example'"),
    ("\\set d it''s\nSELECT :'d';", "SELECT 'its'"), ("\\set d 'it''s'\nSELECT :'d';", "SELECT 'it''s'"),
    ("\\set n 3\nSELECT :n + :n::int;", "SELECT 3 + 3::int"), ("\\set t users\nTABLE :\"t\";", "TABLE \"users\""),
    ("\\set a x\n\\set b :a y\nSELECT :'b';", "SELECT 'xy'"), ("\\set p '\\\\d'\nSELECT :'p';", "SELECT  E'\\\\\\\\d'"),
    // What is no variable stays: a cast, a slice, text, a comment.
    ("\\set a x\nSELECT ':a', \":a\", b[1:2], c::text -- :'a'\n;", "SELECT ':a', \":a\", b[1:2], c::text -- :'a'\n"),
  ]) func variablesArePutIn(_ text: String, _ expected: String) {
    #expect(queries(text) == [expected])
  }

  @Test func whatIsEchoedIsTheHeading() {
    let (script, _) = read(
      "\\echo '=== Email ' checks ---\n\\echo =====\nSELECT 1;\n\n  \\echo Phones\n\\echo\nSELECT 2; SELECT 3;\n")
    #expect(script.queries.map(\.heading) == ["Email  checks", "Phones", "Phones"])
    #expect(script.queries.map { $0.place.short } == ["verify.sql:3", "verify.sql:7", "verify.sql:7"])
  }

  @Test(arguments: [
    ("\\i other.sql", "verify.sql:1:1 script_command: `\\i` is not done here"),
    ("SELECT 1;\n\\! rm x", "verify.sql:2:1 script_command: `\\!` is not done here"),
    ("\\connect prod", "verify.sql:1:1 script_command: `\\connect` is not done here"),
    ("\\copy a to 'b'", "verify.sql:1:1 script_command: `\\copy` is not done here"),
    ("SELECT 1 \\gexec\n;", "verify.sql:1:10 script_command: `\\gexec` stands inside a statement"),
    ("SELECT :'d';", "verify.sql:1:8 script_variable: the variable `d` is not set"),
    (
      "\n DELETE FROM users;",
      "verify.sql:2:2 not_a_query: a script of checks holds queries that change nothing, and this is another statement"
    ),
    (
      "BEGIN; SELECT 1; COMMIT;",
      "verify.sql:1:1 not_a_query: a script of checks holds queries that change nothing, and this is another statement"
    ),
    (
      "SELECT 1 INTO x;",
      "verify.sql:1:1 not_a_query: a script of checks holds queries that change nothing, and this is another statement"
    ),
    ("SELEC 1;", "verify.sql:1:1 sql_syntax: this is no SQL: syntax error at or near \"SELEC\""),
    ("SELECT 1", "verify.sql:1:1 open_statement: the last statement has no end"),
    ("-- nothing\n", "verify.sql:1:1 empty_script: there is no query in it"),
  ]) func whatCannotBeDoneIsRefused(_ text: String, _ expected: String) {
    #expect(read(text).diagnostics.first?.line.split(separator: "\n").first.map(String.init) == expected)
  }

  /// One answer to every query.
  private struct Answering: Databases {
    let answer: ScriptAnswer

    func look(
      at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection
    ) -> DatabasePair { DatabasePair(source: nil, destination: nil, isSameDatabase: nil) }

    func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer] { [] }

    func runScript(_ queries: [String], searchPath: [String], on endpoint: DatabaseEndpoint) -> [ScriptAnswer] {
      queries.map { _ in answer }
    }
  }

  private func judge(_ sql: String, _ columns: [String], _ rows: [[String?]], isCut: Bool = false) throws -> [String] {
    try judge(sql, .rows(columns: columns, rows, isCut: isCut, .zero))
  }

  private func judge(_ sql: String, _ answer: ScriptAnswer) throws -> [String] {
    let declaration = try KindsTests.read(
      "targets: {t: {snapshot: {src_url: \"postgresql://h/a\", dst_url: \"postgresql://h/b\"}}}"
    ).declaration
    let ports = Ports(
      databases: Answering(answer: answer), at: Timestamp(milliseconds: 0), variable: { _ in nil },
      secretFile: { path throws(Failure) in throw Failure("read", path, cause: "no such file") })
    let target = try #require(declaration[Address("target", "t")])
    return Target.verify(target, by: read(sql).script, in: declaration, through: ports).checks.map {
      "\($0.name): \($0.failure ?? "passed")"
    }
  }

  private static let named = "SELECT 'Email Domain Check' AS test_name, count(*) AS violations FROM users;"
  private static let head = ["test_name", "violations", "status"]

  @Test func rowsAreChecks() throws {
    #expect(
      try judge(Self.named, Self.head, [["Email Domain Check", "0", "PASS"], ["Email Domain Check", "3", "FAIL"]]) == [
        "Email Domain Check: passed", "Email Domain Check: gave 3, expected 0",
      ])
    #expect(
      try judge(Self.named, Self.head, [["Email Domain Check", "0", "✗ FAIL"]]) == [
        "Email Domain Check: counted 0, and its status is a failure"
      ])
    #expect(
      try judge(Self.named, Self.head, [["Email Domain Check", "2", "PASS"]]) == [
        "Email Domain Check: gave 2, expected 0"
      ], "a count is not talked away")
    #expect(
      try judge(Self.named, ["TEST_NAME", "status"], [["Email Domain Check", "ok"]]) == ["Email Domain Check: passed"])
    #expect(
      try judge(Self.named, ["status"], [["maybe"]]) == ["query at line 1: its status says neither"])
    #expect(try judge(Self.named, Self.head, []) == ["query at line 1: gave no row: nothing was checked"])
  }

  /// What a table holds is not a name to be shown, and not a count either.
  @Test func valuesOfRowsAreNotShown() throws {
    let told = try judge(
      "SELECT email AS test_name, email AS violations FROM users;", ["test_name", "violations"],
      [["ana@mail.example", "1"], [nil, "ana@mail.example"]])
    #expect(
      told == [
        "query at line 1, row 1: gave 1, expected 0",
        "query at line 1, row 2: gave a text of 16 characters, expected 0",
      ])
    #expect(
      try judge("SELECT email FROM users;", ["email"], [["ana@mail.example"]]) == [
        "query at line 1: gave a text of 16 characters, expected 0"
      ])
  }

  @Test func oneNumberIsACount() throws {
    #expect(try judge("SELECT count(*) FROM users;", ["count"], [["0"]]) == ["query at line 1: passed"])
    #expect(try judge("SELECT count(*) FROM users;", ["count"], [["7"]]) == ["query at line 1: gave 7, expected 0"])
    #expect(try judge("SELECT max(1);", ["max"], [[nil]]) == ["query at line 1: gave NULL, expected 0"])
    #expect(
      try judge("SELECT 1, 2;", ["a", "b"], [["1", "2"]]) == [
        "query at line 1: gave 1 row of a, b; a check gives one count, or rows of test_name, violations, status"
      ])
    #expect(try judge("SELECT 1;", ["a"], [], isCut: true) == ["query at line 1: gave more than 1000 rows"])
    let failed = ScriptAnswer.failed(DatabaseFailure(.statement, "h", sqlState: "42P01", "no such table"), .zero)
    #expect(try judge("SELECT 1;", failed) == ["query at line 1: could not be run: no such table (SQLSTATE 42P01)"])
  }
}

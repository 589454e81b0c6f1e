import Foundation
import TestServers
import Testing

@testable import Masking

/// What lifting believes of PostgreSQL, asked of a server.
@Suite(.enabled(if: PostgreSQLServer.isAvailable))
struct LiftingServerTests {
  @Test func knownFunctionsAreNeverVolatile() throws {
    let server = try PostgreSQLServer.shared()
    let names = (KnownFunctions.names.union(KnownFunctions.patterned)).sorted()
    let output = try server.run(
      """
      SELECT name, coalesce(string_agg(DISTINCT provolatile::text || prokind::text || proretset::text, ','), 'missing')
      FROM unnest(string_to_array('\(names.joined(separator: " "))', ' ')) AS name
        LEFT JOIN pg_proc ON proname = name AND pronamespace = 'pg_catalog'::regnamespace
      GROUP BY name
      """, database: "postgres")
    let wrong = output.split(separator: "\n").filter { line in
      let kinds = line.split(separator: "|")[1].split(separator: ",")
      return !kinds.allSatisfy { ["iffalse", "sffalse"].contains($0) }
    }
    #expect(wrong.isEmpty, "\(wrong)")
  }

  /// None of the operators is a volatile one, and all of them exist.
  @Test func knownOperatorsAreNeverVolatile() throws {
    let server = try PostgreSQLServer.shared()
    let output = try server.run(
      """
      SELECT oprname, bool_or(provolatile = 'v') FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode
      WHERE oprnamespace = 'pg_catalog'::regnamespace GROUP BY oprname
      """, database: "postgres")
    let lines = output.split(separator: "\n").map { $0.split(separator: "|", maxSplits: 20) }
    let tame = Set(lines.filter { $0.last == "f" }.map { $0.dropLast().joined(separator: "|") })
    let missing = KnownOperators.names.filter { !tame.contains($0) && !$0.contains("|") }
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test func thePresentIsTheInstantInEveryForm() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "lifting_now")
    try server.run(EdgeTable.sql, database: database)
    let text = """
      UPDATE t SET at = now(), born = CURRENT_DATE, atz = CURRENT_TIMESTAMP(0), name = LOCALTIMESTAMP::text,
        req = CURRENT_TIME(0)::text || ' ' || LOCALTIME(1), n = extract(hour FROM transaction_timestamp())
      """
    let table = try #require(
      try Lifting.lift(text, over: EdgeTable.schema, searchPath: ["public"]).tables.first)
    let select = table.select(
      ["at", "born", "atz", "name", "req", "n"], at: CopyInstant("2026-11-21 23:59:59.654321+00"))
    let rows = try server.run(
      "SET TimeZone = 'UTC'; SET search_path = pg_catalog; \(select) LIMIT 1", database: database)
    #expect(
      rows.trimmingCharacters(in: .newlines)
        == "2026-11-22 00:00:00|2026-11-21|2026-11-22 00:00:00+00|2026-11-21 23:59:59.654321|24:00:00+00 23:59:59.7|23",
      "\(rows)")
  }

  /// Statements that build on one another stay linear: substituted into one expression these would be 2^90 terms.
  @Test(.timeLimit(.minutes(30))) func manyStatementsInARowAreRead() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "lifting_many")
    try server.run(EdgeTable.sql, database: database)
    let text = String(repeating: "UPDATE t SET name = left(name || name, 50);\n", count: 90)
    let lifting = try Lifting.lift(text, over: EdgeTable.schema, searchPath: ["public"])
    #expect(lifting.isWhole)
    let select = try #require(lifting.tables.first).select(["id", "name"], at: nil)
    let lifted = try server.run(
      "SET search_path = pg_catalog; SELECT * FROM (\(select)) AS s ORDER BY id", database: database)
    let inPlace = try server.run("BEGIN; \(text) SELECT id, name FROM t ORDER BY id; ROLLBACK", database: database)
    #expect(lifted == inPlace)
    let more = try Lifting.lift(text + text, over: EdgeTable.schema, searchPath: ["public"])
    #expect(more.statements.count { $0.isHandled } == LiftedTable.limit)
  }

  /// A statement over a parent holds for all partitions and children, whose columns stand in another order.
  @Test func familiesOfTables() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "lifting_family")
    try server.run(Family.sql, database: database)
    let texts = [
      "UPDATE events SET note = note || '!' WHERE id > 2; DELETE FROM events WHERE note LIKE '%3!'",
      "UPDATE events_b SET note = NULL", "DELETE FROM parent WHERE a = 'p1'; UPDATE parent SET a = upper(a)",
      "UPDATE ONLY parent SET a = 'only'; TRUNCATE events_a", "TRUNCATE ONLY parent; DELETE FROM events",
      "DELETE FROM child; UPDATE parent SET a = a || id",
    ]
    for text in texts {
      let lifting = try Lifting.lift(text, over: Family.schema, searchPath: ["public"])
      #expect(lifting.isWhole, "\(lifting.statements.map(\.outcome))")
      let lifted = Family.leaves.map { table in
        let select =
          lifting[table.name]?.select(table.columns.map(\.name), at: nil) ?? "SELECT * FROM ONLY \(table.name)"
        return "COPY (SELECT * FROM (\(select)) AS s ORDER BY id) TO STDOUT;"
      }
      let inPlace = Family.leaves.map { "COPY (SELECT * FROM ONLY \($0.name) ORDER BY id) TO STDOUT;" }
      let expected = try server.run("BEGIN; \(text); \(inPlace.joined()) ROLLBACK", database: database)
      let found = try server.run("SET search_path = pg_catalog; \(lifted.joined(separator: "\n"))", database: database)
      #expect(found == expected, "\(text)")
    }
  }
}

/// A partitioned table and a parent with a child.
private enum Family {
  static let sql = """
    CREATE TABLE events (id int, day date, note text) PARTITION BY RANGE (day);
    CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE events_b (note text, id int, day date);
    ALTER TABLE events ATTACH PARTITION events_b FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
    INSERT INTO events SELECT g, '2020-01-01'::date + g * 100, 'n' || g FROM generate_series(0, 7) g;
    CREATE TABLE parent (id int, a text);
    CREATE TABLE child (b text) INHERITS (parent);
    INSERT INTO parent SELECT g, 'p' || g FROM generate_series(1, 3) g;
    INSERT INTO child SELECT g, 'p' || g % 3, 'c' FROM generate_series(4, 8) g;
    """

  private static func table(_ name: String, _ columns: [String]) -> Table {
    let types: [String: ColumnType] = [
      "id": ColumnType(name: "integer", family: .integer(bytes: 4)), "day": ColumnType(name: "date", family: .date),
    ]
    return Table(
      name: QualifiedName("public", name),
      columns: columns.map { Column(name: $0, type: types[$0] ?? ColumnType(name: "text", family: .text)) })
  }

  static let leaves: [Table] = {
    var (first, second) = (table("events_a", ["id", "day", "note"]), table("events_b", ["note", "id", "day"]))
    (first.partitionOf, second.partitionOf) = (QualifiedName("public", "events"), QualifiedName("public", "events"))
    var child = table("child", ["id", "a", "b"])
    child.inherits = [QualifiedName("public", "parent")]
    return [first, second, table("parent", ["id", "a"]), child]
  }()

  static let schema: DatabaseSchema = {
    var events = table("events", ["id", "day", "note"])
    (events.storage, events.partitionKey) = (.partitioned, ["day"])
    return DatabaseSchema(serverVersion: 150_000, tables: leaves + [events])
  }()
}

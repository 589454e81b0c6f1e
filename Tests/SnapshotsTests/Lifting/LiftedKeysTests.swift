import Foundation
import Masking
import Reconciliation
import Seeded
import TestServers
import Testing

/// What foreign keys do where lifted SQL lets rows go is what they do in place, in every table and row by row, and where
/// one of them forbids it, the source says so before a row is read.
@Suite(.enabled(if: PostgreSQLServer.isAvailable), .serialized, .timeLimit(.minutes(30)))
struct LiftedKeysTests {
  private let server: PostgreSQLServer
  private let database: String
  private let schema: DatabaseSchema

  init() throws {
    server = try PostgreSQLServer.shared()
    database = try server.createDatabase(named: "lifting_keys")
    try server.run(KeyedTables.sql + KeyedTables.inPlace, database: database)
    schema = try SnapshotsTests.schema(server, database, SchemaSelection(included: ["public"]))
  }

  private func quoted(_ text: String) -> String { "$case$\(text)$case$" }

  private func array(_ texts: [String]) -> String {
    "ARRAY[\(texts.map(quoted).joined(separator: ", "))]::text[]"
  }

  /// The rows of all tables after the text, in place and lifted; nothing for a text that is not lifted whole.
  private func compare(_ texts: [String]) throws -> [(text: String, inPlace: String, lifted: String)] {
    let own = KeyedTables.names.map { name in
      let columns = schema[QualifiedName("public", name)]?.columns.map(\.name) ?? []
      return KeyedTables.dump(of: "SELECT \(columns.joined(separator: ", ")) FROM ONLY public.\(name)")
    }
    var calls: [(text: String, sql: String)] = []
    for text in texts {
      let lifting = try Lifting.lift(text, over: schema, searchPath: ["public"])
      guard lifting.isWhole else { continue }
      let dumps = zip(KeyedTables.names, own).map { name, plain in
        let table = QualifiedName("public", name)
        guard let lifted = lifting[table] else { return plain }
        return KeyedTables.dump(of: lifted.select(schema[table]?.columns.map(\.name) ?? [], at: nil))
      }
      // What the copy's own keys would refuse, they refuse in place.
      let checks = lifting.checks.map { $0.query(at: nil) } + orphans(lifting)
      calls.append(
        (text, "SELECT in_place(\(quoted(text)), \(array(own))); SELECT lifted(\(array(checks)), \(array(dumps)));"))
    }
    let output = try server.run(calls.map(\.sql).joined(separator: "\n"), database: database)
      .split(separator: "\n").map(String.init)
    try #require(output.count == calls.count * 2)
    return calls.enumerated().map { ($1.text, output[$0 * 2].trimmed, output[$0 * 2 + 1].trimmed) }
  }

  /// For each key whether a row of the result refers to none.
  private func orphans(_ lifting: Lifting) -> [String] {
    schema.foreignKeys.map { key in
      func rows(_ name: QualifiedName, _ columns: [String]) -> String {
        let leaves = schema.tables.filter { $0.name == name || $0.partitionOf == name }
          .filter { $0.storage != .partitioned }
        return leaves.map { leaf in
          "(\(lifting[leaf.name]?.select(columns, at: nil) ?? "SELECT \(columns.joined(separator: ", ")) FROM ONLY \(leaf.name)"))"
        }.joined(separator: " UNION ALL ")
      }
      let pairs = zip(key.columns, key.referencedColumns).map { "p.\($1) = c.\($0)" }.joined(separator: " AND ")
      let known = key.columns.map { "c.\($0) IS NOT NULL" }.joined(separator: " AND ")
      return """
        SELECT EXISTS (SELECT FROM (\(rows(key.from, key.columns))) AS c WHERE \(known)
          AND NOT EXISTS (SELECT FROM (\(rows(key.to, key.referencedColumns))) AS p WHERE \(pairs)))
        """
    }
  }

  @Test(arguments: [
    "DELETE FROM pairs WHERE n > 4", "DELETE FROM orders WHERE n = 3", "DELETE FROM regions WHERE code < 'r3'",
    "DELETE FROM badges; DELETE FROM notes WHERE user_id IS NOT NULL; DELETE FROM users WHERE id > 5",
    "UPDATE orders SET user_id = 2; DELETE FROM badges; DELETE FROM notes; DELETE FROM users WHERE id = 2",
    "TRUNCATE notes, badges; DELETE FROM users WHERE n > 2; UPDATE items SET n = 9; DELETE FROM orders WHERE id > 12",
    "DELETE FROM staff WHERE id IN (1, 3)", "DELETE FROM visits WHERE id > 3", "DELETE FROM visits_a",
    "DELETE FROM badges; DELETE FROM notes; DELETE FROM users", "DELETE FROM items WHERE n = 2",
  ])
  func handWrittenTextsGiveTheSameRows(_ text: String) throws {
    let results = try compare([text])
    let result = try #require(results.first, "not lifted")
    #expect(result.inPlace != "failed")
    #expect(result.lifted == result.inPlace)
  }

  @Test(arguments: [
    "DELETE FROM users WHERE id = 7", "DELETE FROM users WHERE id = 4; DELETE FROM notes",
    "DELETE FROM staff WHERE id = 8",
    "DELETE FROM badges; DELETE FROM users WHERE n = 3",
  ])
  func whatAKeyForbidsIsSaid(_ text: String) throws {
    let result = try #require(try compare([text]).first, "not lifted")
    #expect(result.inPlace == "failed")
    #expect(result.lifted == "failed")
  }

  @Test func generatedTextsGiveTheSameRows() throws {
    var random = SeededRandom(seed: 4_202_611)
    let texts = (0..<600).map { _ in KeyedTables.text(&random) }
    let results = try compare(texts)
    let wrong = results.filter { $0.lifted != $0.inPlace }
    #expect(
      wrong.isEmpty,
      "\(wrong.count): \(wrong.prefix(5).map { "\($0.text)\n\($0.inPlace)\n\($0.lifted)" }.joined(separator: "\n\n"))")
    #expect(results.count > 300, "\(results.count)")
    #expect(results.count { $0.inPlace == "failed" } > 40)
    #expect(results.count { $0.inPlace != "failed" } > 150)
  }

  /// Filters of both tables stay what they are: rows that are not copied let nothing go.
  @Test func onlyCopiedRowsTakeOthersWithThem() throws {
    let text = "DELETE FROM orders WHERE 12 / (id - 1) > 2"
    let lifting = try Lifting.lift(text, over: schema, searchPath: ["public"])
    try #require(lifting.isWhole)
    let items = try #require(lifting[QualifiedName("public", "items")])
    let others = [QualifiedName("public", "orders"): SelectedRows(alias: "\"o\"", filter: "\"o\".id > 1")]
    let select = items.select(["id"], among: others, at: nil)
    let found = try server.run(
      "SET search_path = pg_catalog; SELECT count(*) FROM (\(select)) AS s", database: database)
    let expected = try server.run(
      "SELECT count(*) FROM items WHERE order_id IS NULL OR order_id NOT BETWEEN 2 AND 5", database: database)
    #expect(found == expected)
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}

import Foundation
import Masking
import Seeded
import TestServers
import Testing

/// Rows of the lifted SELECT are those of the table after the same SQL ran in place, and where that fails, the lifted
/// form fails too.
@Suite(.enabled(if: PostgreSQLServer.isAvailable), .serialized)
struct LiftingEqualityTests {
  /// Runs every text both ways, in one session.
  private func compare(_ texts: [String]) throws -> [String] {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "lifting")
    try server.run(EdgeTable.sql + "\n" + EdgeTable.compare, database: database)
    let settings = """
      SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3;
      SET bytea_output = 'hex';
      """
    let calls = try texts.map { text in
      let lifting = try Lifting.lift(text, over: EdgeTable.schema, searchPath: ["public"])
      try #require(lifting.isWhole, "\(text)\n\(lifting.statements.map(\.outcome))")
      let table = lifting[QualifiedName("public", "t")]
      let select = table?.select(EdgeTable.columns, at: nil) ?? "SELECT * FROM public.t"
      let proofs = lifting.statements.compactMap(\.proof).map(quoted).joined(separator: ", ")
      return "SELECT compare(\(quoted(text)), \(quoted(select)), ARRAY[\(proofs)]::text[]);"
    }
    let output = try server.run(settings + calls.joined(separator: "\n"), database: database)
    return output.split(separator: "\n").map(String.init)
  }

  private func quoted(_ text: String) -> String { "$case$\(text)$case$" }

  private func report(_ texts: [String], _ results: [String]) -> String {
    zip(texts, results).filter { $1 != "same" && $1 != "failed" }
      .prefix(12).map { "\($1):\n\($0)" }.joined(separator: "\n\n")
  }

  @Test func handWrittenTextsGiveTheSameRows() throws {
    let texts = LiftingCases.valid
    let results = try compare(texts)
    #expect(results.count == texts.count)
    #expect(
      results.allSatisfy { $0 == "same" }, "\(report(texts, results)) \(zip(texts, results).filter { $1 == "failed" })")
  }

  @Test func textsThatFailInPlaceFailLiftedToo() throws {
    let texts = LiftingCases.failing
    let results = try compare(texts)
    #expect(results.count == texts.count)
    #expect(results.allSatisfy { $0 == "failed" }, "\(zip(texts, results).filter { $1 != "failed" })")
  }

  @Test func generatedTextsGiveTheSameRows() throws {
    var random = GeneratedSQL(seed: 20_261_121)
    let texts = (0..<900).map { _ in random.text() }
    let results = try compare(texts)
    #expect(results.count == texts.count)
    let wrong = zip(texts, results).filter { _, result in
      // Where all rows go, the planner may see that nothing has to be read, and nothing can fail.
      result != "same" && result != "failed" && !result.hasPrefix("failed but empty")
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(8).map { "\($1)\n\($0)" }.joined(separator: "\n\n"))")
    #expect(results.count { $0 == "same" } > 400)
    #expect(results.count { $0 == "failed" } > 50)
  }
}

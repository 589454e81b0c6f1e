import Documents
import Kinds
import Reconciliation
import Testing

/// What a check says about an answer: the value has to be the expected one, and nothing near it.
struct VerifyingTests {
  /// Gives one text for every query.
  private struct Answering: Databases {
    let outcome: CheckAnswer.Outcome

    func look(
      at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection
    ) -> DatabasePair { DatabasePair(source: nil, destination: nil, isSameDatabase: nil) }

    func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer] {
      queries.map { _ in CheckAnswer(outcome, duration: .zero) }
    }
  }

  private func check(expecting expected: String, _ outcome: CheckAnswer.Outcome) throws -> CheckResult {
    let declaration = try read(
      """
      targets:
        t:
          snapshot: {src_url: "postgresql://h/a", dst_url: "postgresql://h/b"}
          sanitize: {checks: [{name: one, query: SELECT 1, expect: \(expected)}]}
      """
    ).declaration
    let ports = Ports(
      databases: Answering(outcome: outcome), at: Timestamp(milliseconds: 0), variable: { _ in nil },
      secretFile: { path throws(Failure) in throw Failure("read", path, cause: "no such file") })
    let target = try #require(declaration[Address("target", "t")])
    return try #require(Target.verify(target, in: declaration, through: ports)?.checks.first)
  }

  @Test(arguments: [
    ("0", "0"), ("0", "0.0"), ("-3", "-3"), ("9007199254740993", "9007199254740993"), ("0.1", "0.1"), ("true", "t"),
    ("false", "f"), ("\"0\"", "0"), ("a", "a"),
  ]) func whatIsExpectedPasses(_ expected: String, _ answer: String) throws {
    #expect(try check(expecting: expected, .value(answer)).hasPassed)
  }

  /// Two integers that differ are one number as a Double from 2^53 on.
  @Test(arguments: [
    ("0", "1"), ("0", ""), ("0", "x"), ("9007199254740992", "9007199254740993"), ("0.1", "0.2"), ("true", "f"),
    ("\"0\"", "0.0"), ("a", "A"),
  ]) func anythingElseFails(_ expected: String, _ answer: String) throws {
    #expect(try !check(expecting: expected, .value(answer)).hasPassed)
  }

  @Test func nullIsExpectedOrFails() throws {
    #expect(try check(expecting: "null", .value(nil)).hasPassed)
    #expect(try !check(expecting: "0", .value(nil)).hasPassed)
    #expect(try !check(expecting: "null", .value("0")).hasPassed)
  }

  @Test func moreThanOneValueIsCounted() throws {
    let many = try check(expecting: "0", .shape(rows: 3, columns: 1))
    #expect(many.failure == "gave 3 rows of 1 column; a check gives one value")
  }
}

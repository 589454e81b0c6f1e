import Documents
import Kinds
import Reconciliation
import Synchronization
import Testing

/// Whether a check that passed is shown able to fail, and where it is asked.
struct ProvingTests {
  /// The copy gives 0 to everything; the source and the planted rows answer as they are told.
  private final class Grounds: Databases {
    let source: CheckAnswer.Outcome
    let canary: CanaryAnswer
    private let asked = Mutex<[String]>([])

    init(source: CheckAnswer.Outcome, canary: CanaryAnswer) { (self.source, self.canary) = (source, canary) }

    var questions: [String] { asked.withLock { $0 } }

    func look(
      at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection
    ) -> DatabasePair { DatabasePair(source: nil, destination: nil, isSameDatabase: nil) }

    func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer] {
      let name = endpoint.parameters["dbname"] ?? ""
      if name == "prod" {
        asked.withLock { $0 += queries.map { "source \($0.name) \(endpoint.statementTimeout ?? .zero)" } }
      }
      return queries.map { query in
        CheckAnswer(name == "prod" ? source : .value(query.name == "failing" ? "1" : "0"), duration: .zero)
      }
    }

    func runOnCanaries(_ queries: [CanaryQuery], on endpoint: DatabaseEndpoint) -> [CanaryAnswer] {
      asked.withLock { $0 += queries.map { "\(endpoint.parameters["dbname"] ?? "") \($0.check.name) \($0.prey)" } }
      return queries.map { _ in canary }
    }
  }

  private func verify(
    _ check: String, on grounds: Grounds, source: String = "postgresql://h/prod", policy: String = ""
  ) throws -> Verification {
    let declaration = try read(
      """
      targets:
        t:
          snapshot: {src_url: "\(source)", dst_url: "postgresql://h/copy"}
          sanitize: {\(policy)checks: [{name: one, query: SELECT count(*) FROM users, \(check)}]}
      """
    ).declaration
    let ports = Ports(
      databases: grounds, at: Timestamp(milliseconds: 0), variable: { _ in nil },
      secretFile: { path throws(Failure) in throw Failure("read", path, cause: "no such file") })
    let target = try #require(declaration[Address("target", "t")])
    return try #require(Target.verify(target, in: declaration, through: ports))
  }

  private static let fails = CanaryAnswer.planted([.value("0"), .value("3")])
  private static let passes = CanaryAnswer.planted([.value("0"), .value("0")])
  private static let lost = CheckAnswer.Outcome.failed(
    DatabaseFailure(.timedOut, "h:5432/prod", "no answer within 30 s"))

  @Test func theSourceShowsThatACheckCanFail() throws {
    let grounds = Grounds(source: .value("12"), canary: Self.passes)
    let verification = try verify("about: privacy", on: grounds)
    #expect(verification.checks.first?.proof == .able(.source))
    #expect(verification.hasPassed && grounds.questions == ["source one 30.0 seconds"])
  }

  @Test func aCheckThatPassesOnTheSourceIsVacuous() throws {
    var verification = try verify("about: privacy", on: Grounds(source: .value("0"), canary: Self.fails))
    #expect(verification.checks.first?.proof == .vacuous(.source), "planted rows are not asked: the source decides")
    #expect(verification.hasPassed)
    verification.isStrict = true
    #expect(!verification.hasPassed)
  }

  @Test func whereTheSourceDoesNotAnswerRowsArePlanted() throws {
    let grounds = Grounds(source: Self.lost, canary: Self.fails)
    #expect(try verify("about: privacy", on: grounds).checks.first?.proof == .able(.canary))
    #expect(grounds.questions == ["source one 30.0 seconds", "copy one personal"])
    let vacuous = try verify("about: privacy", on: Grounds(source: Self.lost, canary: Self.passes))
    #expect(vacuous.checks.first?.proof == .vacuous(.canary))
    let unset = try verify(
      "about: privacy", on: Grounds(source: .value("0"), canary: Self.fails), source: "postgresql://u:${P}@h/prod")
    #expect(unset.checks.first?.proof == .able(.canary))
  }

  @Test func reasonsOfBothGroundsAreTold() throws {
    var verification = try verify("about: privacy", on: Grounds(source: Self.lost, canary: .notPlanted("no right")))
    #expect(verification.checks.first?.notProved == "the source did not answer: no answer within 30 s; no right")
    #expect(verification.hasPassed)
    verification.isStrict = true
    #expect(!verification.hasPassed, "what is not known is never fine")
  }

  @Test func productionIsNotAskedWhereItMustNotBe() throws {
    let canary = Grounds(source: .value("0"), canary: Self.fails)
    #expect(try verify("prove: canary", on: canary).checks.first?.proof == .able(.canary))
    #expect(canary.questions == ["copy one personal"])
    let never = Grounds(source: .value("0"), canary: Self.passes)
    var verification = try verify("prove: never", on: never)
    #expect(verification.checks.first?.proof == .open("`prove` is `never`", isDeclared: true))
    #expect(never.questions.isEmpty)
    verification.isStrict = true
    #expect(verification.hasPassed, "somebody has decided it")
  }

  @Test func onTheSourceAlone() throws {
    let grounds = Grounds(source: Self.lost, canary: Self.fails)
    let verification = try verify("prove: source", on: grounds)
    #expect(verification.checks.first?.notProved == "the source did not answer: no answer within 30 s")
    #expect(grounds.questions == ["source one 30.0 seconds"])
  }

  @Test func checksOfWhatIsWholeAreShownOnPlantedRows() throws {
    let grounds = Grounds(source: .value("0"), canary: Self.fails)
    #expect(try verify("about: integrity", on: grounds).checks.first?.proof == .able(.canary))
    #expect(grounds.questions == ["copy one broken"])
    var open = try verify("about: integrity", on: Grounds(source: .value("0"), canary: Self.passes))
    #expect(open.checks.first?.notProved == "no planted row made it fail")
    open.isStrict = true
    #expect(open.hasPassed, "production passes it too, as it should")
  }

  @Test func aCheckThatFailedHasShownThatItCan() throws {
    let grounds = Grounds(source: .value("0"), canary: Self.passes)
    let verification = try verify("expect: 1", on: grounds)
    #expect(!verification.hasPassed && verification.checks.first?.proof == nil && grounds.questions.isEmpty)
  }

  @Test func whatCannotBeRunOnPlantedRowsIsNotProved() throws {
    let refused = CheckAnswer.Outcome.failed(DatabaseFailure(.statement, "h", sqlState: "42883", "no such function"))
    let verification = try verify("prove: canary", on: Grounds(source: .value("1"), canary: .planted([refused])))
    #expect(
      verification.checks.first?.notProved == "it could not be run on planted rows: no such function")
  }

  /// Declared strictness holds without the flag, of the target and of its policy.
  @Test func strictnessIsDeclared() throws {
    let grounds = Grounds(source: .value("0"), canary: Self.passes)
    #expect(try !verify("about: privacy", on: grounds, policy: "strict_checks: true, ").hasPassed)
    #expect(try verify("about: privacy", on: grounds, policy: "strict_checks: false, ").hasPassed)
  }
}

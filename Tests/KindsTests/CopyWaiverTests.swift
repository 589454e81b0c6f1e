import Documents
import Kinds
import Runtime
import Testing

@testable import Reconciliation

/// What a waiver may accept of the conditions of a copy's plan: what the registry says, and nothing else.
struct CopyWaiverTests {
  private static let address = Address("target", "t")

  private static func declaration(_ waivers: [String]) throws -> Reading {
    try read(
      """
      targets:
        t:
          snapshot: {src_url: "postgresql://ro@a/prod", dst_url: "postgresql://dev@b/dev"}
          sanitize: {override_query: "UPDATE users SET email = 'x'"}
          refresh: {max_age: 24h}
          waive:
      \(waivers.map { "      - {code: \($0), reason: it is fine}" }.joined(separator: "\n"))
      """)
  }

  /// The conditions of a plan in which a study says these codes as errors.
  private static func conditions(_ codes: [String], waived: [String]) throws -> [Condition] {
    let reading = try declaration(waived)
    let object = try #require(reading.declaration[address])
    let notes = codes.map { CopyNote($0, .error, at: "tables.users", isInPolicy: true, "said of \($0)") }
    let ports = Ports(
      databases: NothingSeen(), copies: StudiedCopies(notes: notes),
      at: try #require(Timestamp("2026-11-21T12:00:00Z")), variable: { _ in nil },
      secretFile: { _ in Secret("") })
    let seen = Target.observe(object, in: reading.declaration, through: ports)
    let plan = compare(
      reading.declaration, with: Observation(at: ports.at, records: [], conditions: seen.conditions), in: .decant)
    return plan.conditions.filter { codes.contains($0.code) }
  }

  @Test func errorsThatAreNoMatterOfTasteStand() throws {
    let codes = ["uncovered_column", "unknown_column", "mask_type", "mask_key_missing", "sql_syntax", "no_such_code"]
    let found = try Self.conditions(codes, waived: codes)
    #expect(found.map(\.code).sorted() == codes.sorted())
    for condition in found { #expect(!condition.isWaivable && condition.waiver == nil && condition.blocks) }
  }

  @Test func clearRowsAreAccepted() throws {
    let found = try Self.conditions(["clear_rows_on_destination"], waived: ["clear_rows_on_destination"])
    #expect(found.map(\.waiver) == ["it is fine"] && found.allSatisfy { !$0.blocks })
  }

  /// The waiver itself is told to be in vain, where it stands.
  @Test func aWaiverInVainIsSaid() throws {
    let reading = try Self.declaration(["uncovered_column", "unknown_column", "clear_rows_on_destination"])
    #expect(
      reading.diagnostics.map(\.line) == [
        "decant.yaml:7:16 not_waivable: `uncovered_column` cannot be waived\n  ^ remove the waiver",
        "decant.yaml:8:16 not_waivable: `unknown_column` cannot be waived\n  ^ remove the waiver",
      ])
  }
}

/// A source of which nothing is known but what rules and schema say when they meet.
private struct StudiedCopies: Copies {
  let notes: [CopyNote]

  func study(_ order: CopyOrder) -> Result<CopyStudy, DatabaseFailure> {
    .success(CopyStudy(tables: 1, bytes: 1, schemaFingerprint: "f", keyID: nil, notes: notes))
  }

  func published(_ target: String, in workspace: String) throws(Failure) -> PublishedCopy? { nil }

  func refresh(
    _ order: CopyOrder, because reason: String, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> CopyResult { .failed("nothing is copied here", hint: nil) }

  func rights(_ order: CopyOrder) throws(Failure) -> CopyRights {
    throw Failure("list the rights for", order.target, cause: "there are no servers")
  }

  func verify(
    _ order: VerificationOrder, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> Result<VerifiedCopy, WorkFailure>? { nil }

  func forecast(_ order: CopyOrder, _ options: TrialOptions) -> Result<CopyForecast, DatabaseFailure> {
    .failure(DatabaseFailure(.statement, order.target, "there are no servers"))
  }

  func standing(_ order: CopyOrder) throws(Failure) -> DestinationStanding {
    throw Failure("look at", order.target, cause: "there are no servers")
  }
}

private struct NothingSeen: Databases {
  func look(
    at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection
  ) -> DatabasePair { DatabasePair(source: nil, destination: nil, isSameDatabase: nil) }

  func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer] { [] }
}

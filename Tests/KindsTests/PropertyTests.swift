import Documents
import Kinds
import Reconciliation
import Testing

/// What holds for every spec of every kind.
struct PropertyTests {
  static let kinds = Catalogue.decant.kinds.map { $0.schema.kind }

  private func schema(_ kind: String) throws -> Schema { try #require(Catalogue.decant.schema(of: kind)) }

  @Test(arguments: kinds)
  func normalFormsSurviveJSONAndAreIdempotent(kind: String) throws {
    let schema = try schema(kind)
    var specs = RandomSpecs(seed: 11)
    for _ in 0..<600 {
      let (value, written, diagnostics) = specs.decoded(schema)
      #expect(diagnostics.map(\.message).isEmpty, "\(written)")
      let back = try JSON.read(Array(JSON.canonical(value).utf8))
      #expect(back == value, "\(written)")
      #expect(schema.normalised(back) == value, "\(written)")
      #expect(schema.changes(from: schema.normalised(back), to: value).isEmpty)
    }
  }

  /// What somebody else wrote into the control plane, in other spellings and with defaults, is no change.
  @Test(arguments: kinds)
  func foreignSpellingsHaveTheSameNormalForm(kind: String) throws {
    let schema = try schema(kind)
    var specs = RandomSpecs(seed: 14)
    specs.writesLists = false
    for _ in 0..<600 {
      let (value, written, _) = specs.decoded(schema)
      #expect(try schema.normalised(JSON.read(Array(written.utf8))) == value, "\(written)")
    }
  }

  @Test(arguments: kinds)
  func changesAreEmptyExactlyWhereSpecsAreEqual(kind: String) throws {
    let schema = try schema(kind)
    var specs = RandomSpecs(seed: 12)
    var last = specs.decoded(schema).value
    for _ in 0..<600 {
      let next = specs.chance(10) ? last : specs.decoded(schema).value
      let changes = schema.changes(from: last, to: next)
      #expect(changes.isEmpty == (last == next), "\(JSON.canonical(last)) \(JSON.canonical(next))")
      #expect(changes.allSatisfy { $0.old != $0.new })
      #expect(schema.changes(from: next, to: last).map(\.path).sorted() == changes.map(\.path).sorted())
      last = next
    }
  }

  /// Random triples of desired, live and last applied.
  @Test(arguments: kinds)
  func aPlanHasNoUpdateWithoutADifferingPath(kind: String) throws {
    let schema = try schema(kind)
    var specs = RandomSpecs(seed: 13)
    let at = Timestamp(milliseconds: 0)
    for index in 0..<300 {
      let pool = (0..<2).map { _ in specs.decoded(schema).value }
      func pick() -> Value { pool[specs.chance(50) ? 0 : 1] }
      let (desired, live, applied) = (pick(), pick(), pick())
      let address = Address(kind, "x")
      let place = Place(source: Source(name: "x", bytes: []), line: 1, column: 1)
      let object = Declared(
        address: address, spec: desired, place: place, references: [], literals: [:],
        node: Node(.mapping([]), at: place))
      let record = Record(
        address: address, spec: index % 3 == 0 ? JSON.pretty(live) : JSON.canonical(live), revision: 1, updatedBy: "",
        updatedAt: at,
        applied: specs.chance(80) ? .init(spec: JSON.canonical(applied), revision: 1, plan: "", by: "", at: at) : nil,
        owner: specs.chance(80) ? "w" : nil)
      let plan = compare(
        Declaration(settings: Settings(workspace: "w"), objects: [object]),
        with: Observation(at: at, records: [record], conditions: []),
        in: .decant)
      for action in plan.actions where action.verb == .update || action.verb == .replace {
        #expect(!action.changes.isEmpty)
      }
      #expect(plan.drift.allSatisfy { !$0.changes.isEmpty })
      let isChange = plan.actions.contains { $0.verb == .update || $0.verb == .replace }
      if desired == live { #expect(!isChange) } else if record.isManaged { #expect(isChange) }
      if desired == live, record.isManaged, record.applied?.spec == JSON.canonical(live) {
        #expect(plan.actions.isEmpty)
      }
    }
  }
}

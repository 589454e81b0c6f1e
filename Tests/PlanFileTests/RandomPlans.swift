import Documents
import Seeded

@testable import Reconciliation

/// Plans that no declaration makes, with everything in them that a plan can hold.
struct RandomPlans {
  var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
  mutating func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
  mutating func some<Item>(_ most: Int, _ make: (inout RandomPlans) -> Item) -> [Item] {
    (0..<number(most + 1)).map { _ in make(&self) }
  }

  mutating func text() -> String {
    let texts = ["", "a", "Ünïcödé 😀", "\"quoted\"\n\u{0}\t", "decant plan 1", "\u{202E}txt", "${V}", "e\u{301}", "\\"]
    return texts.randomElement(using: &random) ?? ""
  }

  /// No key of JSON or YAML that we read holds NUL.
  mutating func key() -> String { text().replacing("\u{0}", with: "0") }

  mutating func maybe<Item>(_ make: (inout RandomPlans) -> Item) -> Item? { chance(50) ? make(&self) : nil }

  mutating func address() -> Address {
    Address(chance(50) ? "target" : "sso_group", "n\(number(1_000_000)).\(chance(20) ? "x y" : "z")")
  }

  mutating func value(depth: Int = 0) -> Value {
    switch number(depth > 3 ? 5 : 7) {
    case 0: return .null
    case 1: return .bool(chance(50))
    case 2: return .integer(number(2_000_000) - 1_000_000)
    case 3: return .number(Double(number(1_000_000)) / 64)
    case 4: return .string(text())
    case 5: return .list(some(3) { $0.value(depth: depth + 1) })
    default: return .object(Fields(some(3) { ($0.key(), $0.value(depth: depth + 1)) }))
    }
  }

  mutating func moment() -> Timestamp { Timestamp(milliseconds: number(4_000_000_000_000)) }

  mutating func place() -> Place {
    Place(source: Source(name: "\(text()).yaml", bytes: []), line: 1 + number(500), column: 1 + number(80))
  }

  mutating func form() -> Change.Form {
    switch number(4) {
    case 0: .value
    case 1: .members(added: some(2) { $0.text() }, removed: some(2) { $0.text() })
    case 2: .lines(some(3) { Change.Line(isAdded: $0.chance(50), text: $0.text()) })
    default:
      .parts(
        some(3) { plans in
          Change.Part(name: plans.text(), old: plans.maybe { $0.text() }, new: plans.maybe { $0.text() })
        })
    }
  }

  mutating func change() -> Change {
    Change(
      path: text(), old: maybe { $0.value() }, new: maybe { $0.value() }, form: form(), replaces: chance(20),
      fallback: maybe { $0.value() })
  }

  mutating func action() -> Action {
    let verb = Action.Verb.allCases.randomElement(using: &random) ?? .create
    let spec = JSON.canonical(.object(Fields(some(4) { ($0.key(), $0.value()) })))
    return Action(
      verb: verb, address: address(), reason: Action.Reason.allCases.randomElement(using: &random) ?? .newInFiles,
      changes: some(3) { $0.change() },
      seen: Fingerprint(revision: number(9), spec: chance(50) ? sha256(text()) : ""), spec: verb == .delete ? "" : spec,
      isProtected: chance(20), place: maybe { $0.place() }, after: some(2) { $0.address() },
      blockedBy: chance(20) ? some(2) { $0.text() } : [], source: maybe { $0.source() })
  }

  private mutating func source() -> SourceShape {
    let tables = some(3) { plans in
      let columns = plans.some(3) { ($0.key(), $0.text()) }
      return (plans.key(), SourceShape.Table(columns: Dictionary(columns) { first, _ in first }, rest: plans.text()))
    }
    return SourceShape(fingerprint: sha256(text()), tables: Dictionary(tables) { first, _ in first }, rest: text())
  }

  mutating func finding() -> Finding {
    var finding = Finding(
      text(), [.error, .warning, .note].randomElement(using: &random) ?? .note, address(), at: maybe { $0.text() },
      text(), place: maybe { $0.place() })
    finding.waiver = maybe { $0.text() }
    return finding
  }

  mutating func condition() -> Condition {
    let states = [Condition.State.holds, .fails(text()), .unknown(text())]
    var condition = Condition(
      text(), chance(50) ? .error : .note, address(), at: maybe { $0.text() },
      states.randomElement(using: &random) ?? .holds, isWaivable: chance(50))
    condition.waiver = maybe { $0.text() }
    return condition
  }

  mutating func brake() -> Brake.Reason {
    switch number(5) {
    case 0: .tooMany(removals: number(99), limit: number(99))
    case 1: .tooLargeShare(removals: number(99), existing: number(99), percent: number(99))
    case 2: .emptyDeclaration(removals: number(99))
    case 3: .destroy(removals: number(99))
    default: .protected(address())
    }
  }

  mutating func file() -> PlanFile {
    let workspace = text()
    let actions = some(4) { $0.action() }
    let selection = chance(40) ? Selection(only: some(2) { $0.text() }, except: ["x"]) : .everything
    let partial =
      selection.isEverything
      ? nil : PartialPlan(selection: selection, leftOut: number(9), pending: some(2) { $0.address() })
    let drift = some(2) { plans in
      Drift(
        address: plans.address(), changes: plans.some(2) { $0.change() }, isDeleted: plans.chance(50),
        by: plans.text(), at: plans.moment(), revision: plans.number(9))
    }
    let plan = Plan(
      workspace: workspace, seenAt: moment(), actions: actions, drift: drift, findings: some(2) { $0.finding() },
      conditions: some(2) { $0.condition() }, unmanaged: some(2) { $0.address() }, unchanged: number(9),
      brake: some(2) { $0.brake() }, digest: PlanDigest.of(actions, workspace: workspace, selection), partial: partial)
    return PlanFile(
      id: text(), plan: plan, controlPlane: .init(url: text(), identity: maybe { $0.text() }), plannedBy: text(),
      allowedDeletes: number(9))
  }
}

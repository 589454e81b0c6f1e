import Documents
import Foundation
import Seeded

@testable import Reconciliation

/// Reports of every shape, with names and sentences that try to break out of their place.
struct RandomReports {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// What somebody could write into a name, a value or an error message.
  static let hostile = [
    "</details>", "<script>alert(1)</script>", "`", "``` \n# title\n", "| a | b |", "@everyone", "@org/team please",
    "#12 fixes #13", "-->", "<!-- decant:plan workspace=shop -->", "a\n\n## Heading", "line\r\nbreak\u{2028}more",
    "\u{202E}gnp.exe", "\u{200B}\u{FEFF}", "'; DROP TABLE users;--", "$(touch /tmp/owned)", "$$", "\"><img src=x>",
    "[link](https://evil.example/)", "![x](https://evil.example/x.png)", "https://evil.example/a", "www.evil.example",
    "&lt;b&gt;", "\\| \\` \\<", "~~gone~~ **bold** __bold__ _it_", "</style><style>*{display:none}</style>",
    "]]>", "\u{1B}[31mred", "Z\u{0301}\u{0302}\u{0303}", "日本語の名前", "العربية", "x" + String(repeating: "y", count: 63),
    "/close", "{{7*7}}", "${HOME}", "users.backup_email", "plain",
  ]

  mutating func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }

  mutating func word() -> String {
    let one = Self.hostile[number(Self.hostile.count)]
    return number(3) == 0 ? one + Self.hostile[number(Self.hostile.count)] : one
  }

  mutating func address() -> Address {
    Address(["target", "sso_group", "storage_profile"][number(3)], "\(word())-\(number(100_000))")
  }

  mutating func some<Item>(_ most: Int, _ make: (inout Self) -> Item) -> [Item] {
    var items: [Item] = []
    for _ in 0..<number(most + 1) { items.append(make(&self)) }
    return items
  }

  mutating func maybe<Item>(_ make: (inout Self) -> Item) -> Item? { number(2) == 0 ? nil : make(&self) }

  mutating func place() -> Place {
    let source = Source(name: "\(word()).yaml", bytes: Array("a: b\n".utf8))
    return Place(source: source, line: 1 + number(90), column: 1 + number(20), length: 3)
  }

  mutating func change() -> Change {
    let (old, new): (Value?, Value?) = (maybe { .string($0.word()) }, .string(word()))
    let forms: [Change.Form] = [
      .value, .value, .members(added: [word()], removed: [word()]),
      .parts([Change.Part(name: "host", old: word(), new: nil)]),
      .lines([Change.Line(isAdded: true, text: word()), Change.Line(isAdded: false, text: word())]),
    ]
    return Change(path: word(), old: old, new: new, form: forms[number(5)], replaces: number(4) == 0, fallback: nil)
  }

  mutating func action() -> Action {
    let verb = Action.Verb.allCases[number(Action.Verb.allCases.count)]
    return Action(
      verb: verb, address: address(), reason: Action.Reason.allCases[number(Action.Reason.allCases.count)],
      changes: verb == .delete ? [] : some(4) { $0.change() }, seen: Fingerprint(revision: number(9), spec: ""),
      spec: "{}", isProtected: false, place: maybe { $0.place() }, after: [],
      blockedBy: number(4) == 0 ? [word()] : [])
  }

  mutating func severity() -> Severity { [.error, .warning, .note][number(3)] }

  mutating func finding() -> Finding {
    var finding = Finding(
      "some_code", severity(), address(), at: maybe { $0.word() }, word(), place: maybe { $0.place() })
    finding.waiver = maybe { $0.word() }
    return finding
  }

  mutating func condition() -> Condition {
    let states: [Condition.State] = [.holds, .fails(word()), .unknown(word())]
    let codes = ["other_code", "other_code", "mask_folds_text"]
    var condition = Condition(codes[number(3)], severity(), address(), at: maybe { $0.word() }, states[number(3)])
    if condition.isFailing { condition.waiver = maybe { $0.word() } }
    return condition
  }

  mutating func drift() -> Drift {
    Drift(
      address: address(), changes: some(3) { $0.change() }, isDeleted: number(3) == 0, by: word(),
      at: Timestamp(milliseconds: 1_790_000_000_000), revision: number(50))
  }

  mutating func diagnostic() -> Diagnostic {
    let severities: [Diagnostic.Severity] = [.error, .warning, .note]
    return Diagnostic(
      severities[number(3)], "unknown_key", word(), at: maybe { $0.place() }, label: maybe { $0.word() },
      notes: some(2) { $0.word() })
  }

  mutating func plan(_ size: Int) -> Plan {
    var plan = Plan(
      workspace: word(), seenAt: Timestamp(milliseconds: 1_790_000_100_000), actions: some(size) { $0.action() },
      drift: some(size / 2) { $0.drift() }, findings: some(size / 2) { $0.finding() },
      conditions: some(size) { $0.condition() }, unmanaged: some(5) { $0.address() }, unchanged: number(5_000),
      brake: number(3) == 0 ? [.tooMany(removals: 30, limit: 20), .protected(address())] : [],
      digest: "sha256:" + sha256("\(number(1_000))"))
    if number(3) == 0 {
      plan.partial = PartialPlan(
        selection: Selection(only: [word()], except: some(2) { $0.word() }), leftOut: number(9),
        pending: some(12) { $0.address() })
    }
    return plan
  }

  mutating func refusal() -> PlanRefusal {
    let record = MovedRecord(address: address(), seen: number(4), record: nil)
    let refusals: [PlanRefusal] = [
      .damaged(word()), .otherWorkspace(planned: word(), asked: word()), .moved([record]), .badSignature,
      .used(by: word(), at: Timestamp(milliseconds: 1_790_000_000_000)),
    ]
    return refusals[number(refusals.count)]
  }

  mutating func found() -> CopyVerification {
    let results = CopyVerification.Check.Result.allCases
    let checks = CopyVerification.Check.Name.allCases.map { name in
      CopyVerification.Check(
        name, proves: word(), results[number(results.count)], word(),
        findings: some(7) { random in
          CopyVerification.Finding(
            random.word(), count: random.maybe { $0.number(200_000) }, sample: random.maybe { $0.word() },
            random.word())
        }, notes: some(2) { $0.word() }, way: maybe { $0.word() })
    }
    return CopyVerification(tables: number(9), rows: number(9_000_000), checks: checks)
  }

  mutating func proof() -> CheckProof {
    [
      .able(.source), .able(.canary), .vacuous(.source), .vacuous(.canary), .open(word(), isDeclared: false),
      .open(word(), isDeclared: true),
    ][number(6)]
  }

  mutating func verification() -> Verification {
    let checks = some(6) { random in
      CheckResult(
        name: random.word(), about: random.word(), expected: 0, found: .integer(random.number(9)),
        failure: random.maybe { $0.word() }, duration: .milliseconds(random.number(4_000)),
        place: random.maybe { $0.place() }, proof: random.maybe { $0.proof() })
    }
    var verification = Verification(
      address: address(), subject: word(), checks: checks, failure: number(5) == 0 ? word() : nil)
    verification.isStrict = number(3) == 0
    verification.found = maybe { $0.found() }
    return verification
  }

  mutating func result() -> ApplyResult {
    let outcomes = some(20) { random -> Outcome in
      let states: [Outcome.State] = [
        .done(revision: 3), .failed(random.word()), .blocked([random.word()]), .notAttempted(random.word()),
        .unknown(random.word()),
      ]
      return Outcome(random.action(), states[random.number(5)], duration: .milliseconds(5))
    }
    let stops: [ApplyResult.Stop?] = [nil, .interrupted, .failed(word())]
    var result = ApplyResult(
      outcomes: outcomes, head: AuditHead(number: 3, hash: sha256("head")), stop: stops[number(3)], isStale: false)
    if number(4) == 0 { result.doneBefore = some(5) { $0.address() } }
    if number(6) == 0 { result.refusal = refusal() }
    return result
  }

  mutating func preflight() -> Preflight {
    let record = Record(
      address: address(), spec: "{}", revision: 1, updatedBy: "", updatedAt: Timestamp(milliseconds: 0))
    var preflight = Preflight(
      Preflight.Work.allCases[number(5)], of: TargetListing(record, []), from: word(), to: word())
    let standings: [DestinationStanding?] = [
      nil, .absent, .other, .copy(snapshot: word(), of: Timestamp(milliseconds: 1_790_000_000_000)),
    ]
    preflight.standing = standings[number(4)]
    preflight.take(
      CopyForecast(
        study: CopyStudy(tables: 1, bytes: 1, schemaFingerprint: "", keyID: nil),
        tables: some(15) { random in
          CopyForecast.Table(
            name: random.word(), rows: random.maybe { $0.number(9_000) }, bytes: random.number(99_999),
            indexBytes: random.number(99_999), share: Double(random.number(11)) / 10,
            isShareMeasured: random.number(2) == 0)
        },
        columns: some(5) { random in
          CopyForecast.Column(
            table: random.word(), column: random.word(), type: random.word(), strategy: random.maybe { $0.word() },
            looks: random.maybe { $0.word() }, isUncovered: random.number(3) == 0)
        },
        samples: some(3) { random in
          MaskSample(
            table: random.word(),
            rows: random.some(2) { random in
              random.some(2) { random in
                MaskSample.Cell(
                  column: random.word(), before: random.maybe { $0.word() }, isSeen: random.number(3) > 0,
                  after: random.maybe { $0.word() }, isUnchanged: random.number(5) == 0, original: Self.clear)
              }
            }, unread: random.number(5) == 0 ? random.word() : nil)
        },
        space: CopySpace(
          tables: number(9_999), indexes: number(9_999), other: number(9), template: number(2),
          present: maybe { $0.number(99_999) }, budget: maybe { $0.number(99_999) }, archive: maybe { $0.number(99) }),
        pace: number(2) == 0
          ? nil : CopyPace(snapshots: 2, rows: number(9), bytes: number(9), duration: .seconds(number(9)))))
    preflight.sessions = maybe { random in
      ConnectedSessions(
        random.some(8) { random in
          .init(
            role: random.word(), application: random.maybe { $0.word() } ?? "", arePrepared: random.number(4) == 0,
            count: 1 + random.number(9))
        }, random.number(2) == 0 ? .ended : .waitedFor(seconds: random.number(900)))
    }
    preflight.scratch = maybe { Preflight.Scratch(title: $0.word(), bytes: $0.number(99_999)) }
    preflight.rights = some(2) { random in
      CopyRights.Side(
        database: random.word(), role: random.word(),
        rights: random.some(2) { random in CopyRights.Right(random.word(), isMissing: random.number(2) == 0) },
        unseen: random.maybe { $0.word() })
    }
    (preflight.findings, preflight.conditions) = (some(3) { $0.finding() }, some(6) { $0.condition() })
    (preflight.warnings, preflight.paceNote) = (some(2) { $0.word() }, maybe { $0.word() })
    preflight.blockedBy = number(2) == 0 ? [word()] : []
    return preflight
  }

  /// Stands in no rendering of a report.
  static let clear = "an original in clear"

  /// Of `plan`, `apply`, `drift`, `validate`, `verify` or a rehearsal; `size` is about how many things of each sort are in it.
  mutating func report(size: Int = 12) -> Report {
    var report = Report(command: ["plan", "apply", "drift", "validate", "verify", "refresh"][number(6)])
    report.workspace = word()
    report.controlPlane = word()
    report.files = [word()]
    report.diagnostics = some(4) { $0.diagnostic() }
    report.error = number(6) == 0 ? word() : nil
    switch report.command {
    case "validate":
      report.declared = number(90)
      report.findings = some(size) { $0.finding() }
    case "verify":
      report.verifications = some(5) { $0.verification() }
      report.unchecked = some(3) { $0.address() }
    case "refresh": report.preflights = some(3) { $0.preflight() }
    default:
      report.plan = plan(size)
      if report.command == "apply" { report.result = result() }
      if report.command == "plan", number(3) == 0 {
        report.saved = SavedPlan(path: word(), digest: "sha256:" + sha256("file"), signer: maybe { $0.word() })
      }
      if number(9) == 0 { report.expectedDigest = "sha256:" + sha256("other") }
    }
    return report
  }

  mutating func graph(nodes count: Int, edges: Int) -> DependencyGraph {
    let nodes = (0..<count).map { index in
      let verb = number(3) == 0 ? Action.Verb.allCases[number(5)] : nil
      return DependencyGraph.Node(Address("target", "\(word())\(index)"), verb, isBlocked: number(5) == 0)
    }
    // To a later one alone: references form no cycles.
    let links = (0..<edges).map { _ -> DependencyGraph.Edge in
      let from = number(max(1, count - 1))
      return DependencyGraph.Edge(nodes[from].address, nodes[from + 1 + number(count - from - 1)].address)
    }
    return DependencyGraph(nodes: nodes, edges: links)
  }
}

import Documents
import Foundation
import Seeded
import Testing

@testable import Reconciliation

/// What is written is what is read, and nothing else is read at all.
@Suite struct ReadingTests {
  @Test func whatIsWrittenIsRead() throws {
    var plans = RandomPlans(seed: 1)
    for _ in 0..<400 {
      let file = plans.file()
      let bytes = try file.written()
      let reading = try PlanFile.read(bytes)
      #expect(reading.file == file)
      #expect(try reading.file.written() == bytes)
    }
  }

  /// A plan of modest size that has every part at least once.
  static func modest() throws -> [UInt8] {
    var plans = RandomPlans(seed: 7)
    while true {
      let file = plans.file()
      let plan = file.plan
      guard plan.actions.count == 2, plan.partial != nil, !plan.drift.isEmpty, !plan.findings.isEmpty,
        !plan.conditions.isEmpty, !plan.brake.isEmpty
      else { continue }
      return try file.written()
    }
  }

  @Test func everyFlippedBitIsSeen() throws {
    var bytes = try Self.modest()
    #expect((1_000..<6_000).contains(bytes.count))
    _ = try PlanFile.read(bytes)
    for index in bytes.indices {
      for bit in 0..<8 {
        bytes[index] ^= 1 << bit
        #expect(throws: PlanRefusal.self, "byte \(index), bit \(bit)") { try PlanFile.read(bytes) }
        bytes[index] ^= 1 << bit
      }
    }
  }

  @Test func everyFlippedByteOfASignedPlanIsSeen() throws {
    let key = try SigningKey(pem: Keys.first.pem)
    var bytes = try PlanFile.signed(Self.modest(), by: key)
    _ = try PlanFile.read(bytes, trusting: [key.publicKey])
    for index in bytes.indices {
      let kept = bytes[index]
      for changed in [kept ^ 1, kept ^ 0x20, kept &+ 1] {
        bytes[index] = changed
        #expect(throws: PlanRefusal.self, "byte \(index)") { try PlanFile.read(bytes, trusting: [key.publicKey]) }
        #expect(throws: PlanRefusal.self, "byte \(index)") { try PlanFile.read(bytes) }
      }
      bytes[index] = kept
    }
  }

  @Test func aPlanCutAnywhereIsSeen() throws {
    let key = try SigningKey(pem: Keys.first.pem)
    let plain = try Self.modest()
    for whole in [plain, try PlanFile.signed(plain, by: key)] {
      for length in 0..<whole.count {
        #expect(throws: PlanRefusal.self, "\(length) bytes") { try PlanFile.read(Array(whole.prefix(length))) }
        #expect(throws: PlanRefusal.self, "without \(length + 1) bytes") {
          try PlanFile.read(Array(whole.dropFirst(length + 1)), trusting: [key.publicKey])
        }
      }
      #expect(throws: PlanRefusal.self) { try PlanFile.read(whole + [10]) }
      #expect(throws: PlanRefusal.self) { try PlanFile.read(whole + whole) }
    }
  }

  /// Whoever may write the file may write a checksum: then the digest of the file and the signature tell.
  @Test func aFreshChecksumHidesNothing() throws {
    let key = try SigningKey(pem: Keys.first.pem)
    let plain = try Self.modest()
    let digest = try PlanFile.read(plain).digest
    let signature = try PlanFile.signed(plain, by: key).prefix { $0 != 10 } + [10]
    let body = Array(plain.drop { $0 != 10 }.dropFirst())
    var random = SeededRandom(seed: 3)
    var accepted = 0
    for round in 0..<2_000 {
      var changed = body
      let index = Int.random(in: changed.indices, using: &random)
      changed[index] = round % 2 == 0 ? UInt8.random(in: 48...57, using: &random) : changed[index] ^ 1
      guard changed != body else { continue }
      let forged = PlanFile.sealed(changed)
      // Unbound, a forgery that keeps to the form is read, because a checksum proves nothing.
      if let reading = try? PlanFile.read(forged) {
        accepted += 1
        #expect(reading.digest != digest)
      }
      #expect(throws: PlanRefusal.self) { try PlanFile.read(forged, trusting: [key.publicKey]) }
      #expect(throws: PlanRefusal.badSignature) {
        try PlanFile.read(Array(signature) + forged, trusting: [key.publicKey])
      }
    }
    #expect(accepted > 0)
  }

  /// What is to be done cannot be changed without changing the digest of the plan, or it is called damaged.
  @Test func theDigestHoldsWhatIsToBeDone() throws {
    let file = try PlanFile.read(Self.modest()).file
    let action = file.plan.actions[0]
    func changed(
      verb: Action.Verb? = nil, address: Address? = nil, seen: Fingerprint? = nil, spec: String? = nil,
      source: SourceShape?? = nil
    ) -> [Action] {
      let one = Action(
        verb: verb ?? action.verb, address: address ?? action.address, reason: action.reason, changes: action.changes,
        seen: seen ?? action.seen, spec: spec ?? action.spec, isProtected: false, place: nil, after: [], blockedBy: [],
        source: source ?? action.source)
      return [one] + file.plan.actions.dropFirst()
    }
    func damage(_ actions: [Action]? = nil, workspace: String? = nil, partial: PartialPlan?) throws {
      let old = file.plan
      let plan = Plan(
        workspace: workspace ?? old.workspace, seenAt: old.seenAt, actions: actions ?? old.actions, drift: [],
        findings: [], conditions: [], unmanaged: [], unchanged: 0, brake: [], digest: old.digest, partial: partial)
      let forged = PlanFile(id: "", plan: plan, controlPlane: file.controlPlane, plannedBy: "", allowedDeletes: 0)
      _ = try PlanFile.read(PlanFile.sealed(Array((JSON.canonical(forged.json) + "\n").utf8)))
    }
    let partial = file.plan.partial
    // Nothing of what the digest is over was changed here.
    try damage(changed(), partial: partial)
    let forgeries = [
      changed(verb: action.verb == .update ? .adopt : .update), changed(address: Address("target", "other")),
      changed(seen: Fingerprint(revision: action.seen.revision + 1, spec: action.seen.spec)),
      changed(seen: Fingerprint(revision: action.seen.revision, spec: "other")), changed(spec: "{}"),
      changed(source: SourceShape(fingerprint: "other", tables: [:], rest: "")),
      Array(file.plan.actions.dropFirst()), file.plan.actions.reversed(),
    ]
    let refusal = PlanRefusal.damaged("its digest is not that of its actions")
    for actions in forgeries { #expect(throws: refusal) { try damage(actions, partial: partial) } }
    #expect(throws: refusal) { try damage(workspace: "other", partial: partial) }
    #expect(throws: refusal) { try damage(partial: nil) }
  }

  @Test(arguments: [
    ("", PlanRefusal.noPlan), ("decant: {workspace: shop}\n", .noPlan),
    ("decant plan 1", .damaged("its first line has no end")),
    ("decant plan 2 sha256:0\n{}\n", .newerFormat("2")), ("decant plan\u{7F}1\n", .noPlan),
    ("decant signature 2 rsa x\ndecant plan 1\n", .newerFormat("2")),
    ("decant signature 1 ed25519 AAAA AAAA\ndecant plan 1\n", .badSignature),
    ("decant plan 1 sha256:0\n{}\n", .damaged("its checksum does not fit what stands in it")),
  ])
  func whatIsNoPlanIsRefused(_ text: String, _ refusal: PlanRefusal) {
    #expect(throws: refusal) { try PlanFile.read(Array(text.utf8)) }
  }

  @Test(arguments: ["{}", "[]", "", "null", "{\"id\":1}", "{\"id\":\"a\",}", "\u{FEFF}{}"])
  func aBodyThatIsNoneIsDamaged(_ body: String) {
    for ending in ["", "\n", "\n\n"] {
      let bytes = PlanFile.sealed(Array((body + ending).utf8))
      let refusal = #expect(throws: PlanRefusal.self) { try PlanFile.read(bytes) }
      #expect(refusal?.code == "damaged")
    }
  }

  /// The same plan, spelled otherwise, is another file, and no file of ours.
  @Test func onlyOneSpellingIsRead() throws {
    let text = String(decoding: try Self.modest(), as: UTF8.self)
    let body = try #require(text.split(separator: "\n", maxSplits: 1).last).dropLast()
    let spellings = [
      body.dropFirst(0) + " \n", "\(body)", " \(body)\n", body.replacing(":[", with: ": [") + "\n",
      "{\"aaa\":1," + body.dropFirst() + "\n",
    ]
    for spelling in spellings {
      #expect(throws: PlanRefusal.damaged("its body is not as this Decant writes it")) {
        try PlanFile.read(PlanFile.sealed(Array(spelling.utf8)))
      }
    }
    _ = try PlanFile.read(PlanFile.sealed(Array("\(body)\n".utf8)))
  }
}

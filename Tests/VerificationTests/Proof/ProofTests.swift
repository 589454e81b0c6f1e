import Documents
import Foundation
import Masking
import Testing

@testable import Verification

struct ProofTests {
  static let proof: Proof = {
    var tally = ColumnTally(column: "email")
    (tally.nulls, tally.changed, tally.unchanged) = (3, 1_997, 0)
    var report = LeakReport(counts: LeakCounts(), keyID: "key:0123456789abcdef", chance: 4e-7)
    (report.columns, report.values, report.candidates) = (4, 8_000, 20_000)
    report.add([
      LeakReport.Finding(
        place: .column(ColumnName(QualifiedName("public", "users"), "nickname")), values: 2_000, hits: 2,
        expectedByChance: 0.001, confirmed: 2, isPartlyConfirmed: false, keys: ["id=7"], verdict: .kept,
        reason: "chosen in public, \u{201e}sehr\u{201c} \"öffentlich\"")
    ])
    return Proof(
      workspace: "shop", target: "users", snapshot: "01a1fef4-8cde-761d-834c-a4384f3a7ae6", policyDigest: "sha256:aa",
      schemaFingerprint: "bb", keyID: "key:0123456789abcdef", madeAt: "2026-11-21T14:02:11.123Z", madeBy: "ci",
      toolVersion: "0.1.0",
      tables: [
        Proof.Table(
          QualifiedName("public", "users"), rows: 2_000,
          columns: [
            Proof.Column("id", .copied), Proof.Column("email", .masked, counts: tally, findings: 0),
            Proof.Column("nickname", .kept, reason: "chosen in public", findings: 2),
          ])
      ], checks: Proof.Checks(state: "passed", passed: 2, failed: 0), leaks: report,
      deadRows: .noneByConstruction("rows were written by COPY alone"))
  }()

  /// Keys made by the openssl program, in a folder of their own.
  private final class Keys {
    let folder: URL
    init() throws {
      folder = try scratchFolder()
      for name in ["ours", "theirs"] {
        try openssl(["genpkey", "-algorithm", "ed25519", "-out", path("\(name).pem")])
        try openssl(["pkey", "-in", path("\(name).pem"), "-pubout", "-out", path("\(name).pub.pem")])
      }
    }
    deinit { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appending(path: name).path }
    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }
    private func openssl(_ words: [String]) throws { #expect(try run("/usr/bin/env", ["openssl"] + words) == 0) }
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  private static func run(_ program: String, _ arguments: String...) throws -> Int32 { try run(program, arguments) }

  @Test func aSignedProofIsReadBack() throws {
    let keys = try Keys()
    let key = try SigningKey(pem: keys.bytes("ours.pem"))
    let bytes = try SealedProof.seal(Self.proof.document, with: key)
    let reading = try SealedProof.read(bytes, trusting: [key.publicKey])
    #expect(reading.proof == Self.proof.document && reading.signer == key.publicKey && reading.hasPassed)
    let other = try VerifyingKey(pem: keys.bytes("theirs.pub.pem"))
    #expect(throws: ProofRefusal.untrusted(key: key.publicKey.id, trusted: 1)) {
      _ = try SealedProof.read(bytes, trusting: [other])
    }
    let unsigned = try SealedProof.seal(Self.proof.document, with: nil)
    #expect(try SealedProof.read(unsigned).signer == nil)
    #expect(throws: ProofRefusal.unsigned) { _ = try SealedProof.read(unsigned, trusting: [other]) }
    #expect(!String(decoding: bytes, as: UTF8.self).contains("anonymous"))
  }

  @Test(arguments: [true, false]) func everyFlippedByteIsRefused(_ isSigned: Bool) throws {
    let keys = try Keys()
    let key = try SigningKey(pem: keys.bytes("ours.pem"))
    let bytes = try SealedProof.seal(Self.proof.document, with: isSigned ? key : nil)
    for index in bytes.indices {
      for bit in [UInt8(1), 0x20, 0x80] {
        var damaged = bytes
        damaged[index] ^= bit
        #expect(throws: ProofRefusal.self, "byte \(index)") { _ = try SealedProof.read(damaged) }
      }
    }
    for other in [Array(bytes.dropLast()), bytes + [0x0A], bytes + bytes, [], Array(" ".utf8) + bytes] {
      #expect(throws: ProofRefusal.self) { _ = try SealedProof.read(other) }
    }
  }

  /// The page's script, which knows nothing of this program.
  @Test func theOpenSSLProgramAloneChecksAProof() throws {
    let keys = try Keys()
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../scripts/check-proof").standardizedFileURL.path
    #expect(try String(contentsOfFile: script, encoding: .utf8).split(separator: "\n").count <= 200)
    let key = try SigningKey(pem: keys.bytes("ours.pem"))
    let bytes = try SealedProof.seal(Self.proof.document, with: key)
    func verdict(_ bytes: [UInt8], _ more: String...) throws -> Int32 {
      let path = keys.path("proof.json")
      try Data(bytes).write(to: URL(filePath: path))
      return try Self.run("/bin/bash", [script, path] + more)
    }
    #expect(try verdict(bytes) == 0)
    #expect(try verdict(bytes, keys.path("ours.pub.pem")) == 0)
    #expect(try verdict(bytes, keys.path("theirs.pub.pem")) == 8)
    for index in stride(from: 0, to: bytes.count, by: bytes.count / 40) {
      var damaged = bytes
      damaged[index] ^= 1
      #expect(try verdict(damaged) != 0, "byte \(index)")
    }
    #expect(try verdict(Array(bytes.dropLast())) == 8 && verdict(bytes + [0]) == 8 && verdict([]) == 8)
    #expect(try verdict(SealedProof.seal(Self.proof.document, with: nil)) == 0)
    #expect(try verdict(SealedProof.seal(Self.proof.document, with: nil), keys.path("ours.pub.pem")) == 8)
    var failed = Self.proof
    failed.checks.failed = 1
    #expect(try verdict(SealedProof.seal(failed.document, with: key)) == 8)
    #expect(try !SealedProof.read(SealedProof.seal(failed.document, with: key)).hasPassed)
  }

  /// What was not looked into has no number, and statistics of a column are none of its values.
  @Test func findingsAreThoseOfTheColumn() {
    let table = QualifiedName("public", "users")
    func finding(_ place: LeakReport.Place, _ verdict: LeakReport.Verdict) -> LeakReport.Finding {
      LeakReport.Finding(
        place: place, values: 10, hits: 3, expectedByChance: 0, confirmed: nil, isPartlyConfirmed: false, keys: [],
        verdict: verdict, reason: nil)
    }
    let (note, shuffled) = (ColumnName(table, "note"), ColumnName(table, "team"))
    var report = LeakReport(counts: LeakCounts(), keyID: nil, chance: 0)
    report.findings = [
      finding(.column(note), .leak), finding(.statistics(note), .leak),
      finding(.column(ColumnName(table, "name")), .chance),
    ]
    report.outsideByDeclaration = [shuffled]
    let text = ColumnType(name: "text", family: .text)
    #expect(report.hits(in: note, of: text) == 3)
    #expect(report.hits(in: ColumnName(table, "name"), of: text) == 0)
    #expect(report.hits(in: shuffled, of: text) == nil)
    #expect(report.hits(in: note, of: ColumnType(name: "integer", family: .integer(bytes: 4))) == nil)
  }

  /// The schema is closed and describes every field of a proof that has all of them.
  @Test func theSchemaDescribesEveryField() throws {
    let keys = try Keys()
    let bytes = try SealedProof.seal(Self.proof.document, with: try SigningKey(pem: keys.bytes("ours.pem")))
    var problems: [String] = []
    Self.expect(try JSON.read(bytes), ProofSchema.schema, "", &problems)
    #expect(problems.isEmpty, "\(problems)")
    Self.expect(["proof": ["other": 1], "seal": [:]], ProofSchema.schema, "", &problems)
    #expect(!problems.isEmpty)
  }

  /// As much of JSON Schema as the file uses.
  private static func expect(_ value: Value, _ schema: Value, _ path: String, _ problems: inout [String]) {
    if let constant = schema["const"], constant != value { problems.append("\(path): not \(constant)") }
    if let words = schema["enum"]?.list, !words.contains(value) { problems.append("\(path): \(value)") }
    switch (schema["type"]?.string, value) {
    case ("object", .object(let fields)):
      for name in schema["required"]?.list?.compactMap(\.string) ?? [] where fields[name] == nil {
        problems.append("\(path): no \(name)")
      }
      for entry in fields.entries {
        guard let inner = schema["properties"]?[entry.key] else {
          problems.append("\(path): \(entry.key)")
          continue
        }
        expect(entry.value, inner, "\(path).\(entry.key)", &problems)
      }
    case ("array", .list(let items)): for item in items { expect(item, schema["items"] ?? .null, path, &problems) }
    case ("string", .string), ("integer", .integer), ("boolean", .bool), (nil, _): break
    default: problems.append("\(path): another type")
    }
  }
}

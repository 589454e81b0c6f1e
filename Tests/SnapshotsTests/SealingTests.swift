import Documents
import Foundation
import Reconciliation
import Runtime
import Snapshots
import TestServers
import Testing

/// Sealed archives: opened by us, refused where anything is another, and opened by the openssl program alone.
@Suite struct SealingTests {
  private let folder = NSTemporaryDirectory() + "sealing-" + UUID().uuidString
  private let snapshot = SnapshotID(at: Timestamp(milliseconds: 1_795_000_000_000), random: (1, 2))
  private let secret = "a secret's \"value\": 16+"

  private func path(_ name: String) -> String { "\(folder)/\(name)" }

  private func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path(name)))
  }

  private func content(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } }

  @Test(arguments: [0, 1, 15, 16, 65_535, 65_536, 65_537, 1_000_000]) func whatIsSealedOpens(_ count: Int) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write(content(count), "in")
    let seal = try ArchiveSeal(secret: Secret(secret))
    let sealed = try seal.seal(path("in"), into: path("sealed"), as: "toc.dat", of: snapshot)
    #expect(try bytes("sealed").count == count && (count < 16 || bytes("sealed") != bytes("in")))
    try seal.open(path("sealed"), into: path("out"), as: "toc.dat", of: snapshot, sealed)
    #expect(try bytes("out") == bytes("in"))
    let again = try seal.seal(path("in"), into: path("again"), as: "toc.dat", of: snapshot)
    #expect(try again.salt != sealed.salt && (count < 16 || bytes("again") != bytes("sealed")))
  }

  /// Another byte, another file's name, another snapshot, another secret, another salt, another tag, a cut end.
  @Test func whatIsAnotherIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write(content(100_000), "in")
    let seal = try ArchiveSeal(secret: Secret(secret))
    let sealed = try seal.seal(path("in"), into: path("sealed"), as: "toc.dat", of: snapshot)
    let whole = try bytes("sealed")
    var flipped = whole
    flipped[99_999] ^= 1
    try write(flipped, "flipped")
    try write(Array(whole.dropLast()), "cut")
    try write(whole + [0], "longer")
    var (salt, tag) = (sealed.salt, sealed.tag)
    salt[0] ^= 1
    tag[31] ^= 1
    let other = SnapshotID(at: Timestamp(milliseconds: 1), random: (1, 2))
    let stranger = try ArchiveSeal(secret: Secret(secret + "x"))
    typealias Attempt = (ArchiveSeal, String, String, SnapshotID, ArchiveSeal.Sealed)
    let attempts: [Attempt] = [
      (seal, "flipped", "toc.dat", snapshot, sealed), (seal, "cut", "toc.dat", snapshot, sealed),
      (seal, "longer", "toc.dat", snapshot, sealed), (seal, "sealed", "1.dat", snapshot, sealed),
      (seal, "sealed", "toc.dat", other, sealed), (stranger, "sealed", "toc.dat", snapshot, sealed),
      (seal, "sealed", "toc.dat", snapshot, .init(salt: salt, tag: sealed.tag)),
      (seal, "sealed", "toc.dat", snapshot, .init(salt: sealed.salt, tag: tag)),
    ]
    for (seal, file, name, snapshot, sealed) in attempts {
      #expect(throws: SealError.forged(path(file))) {
        try seal.open(path(file), into: path("out"), as: name, of: snapshot, sealed)
      }
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names == ["cut", "flipped", "in", "longer", "sealed"])
  }

  /// The commands of `docs/snapshots.md`, by the openssl program (3.0 or newer) and nothing of ours.
  @Test func opensslAloneOpensIt() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write(content(200_000), "in")
    let seal = try ArchiveSeal(secret: Secret(secret))
    let sealed = try seal.seal(path("in"), into: path("toc.dat"), as: "toc.dat", of: snapshot)
    let manifest = seal.manifest(["toc.dat": sealed])
    #expect(ArchiveSeal.sealed("toc.dat", in: manifest) == sealed && ArchiveSeal.sealed("x", in: manifest) == nil)
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/snapshots.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let parts = text.components(separatedBy: "<!-- open.sh -->")
    let script = try #require(parts.count == 3 ? parts[1].components(separatedBy: "```")[1].dropFirst(2) : nil)
    let played = try Program.play(
      "/bin/bash", ["-c", String(script), "open.sh"],
      environment: [
        "PATH": "/usr/bin:/bin", "SECRET": secret, "SNAPSHOT": "\(snapshot)", "FILE": path("toc.dat"),
        "SALT": hexadecimal(sealed.salt), "TAG": hexadecimal(sealed.tag),
      ])
    #expect(played.exitCode == 0, "\(played.output)")
    #expect(try bytes("toc.dat.open") == bytes("in"))
    let forged = try Program.play(
      "/bin/bash", ["-c", String(script), "open.sh"],
      environment: [
        "PATH": "/usr/bin:/bin", "SECRET": secret + "x", "SNAPSHOT": "\(snapshot)", "FILE": path("toc.dat"),
        "SALT": hexadecimal(sealed.salt), "TAG": hexadecimal(sealed.tag),
      ])
    #expect(forged.exitCode != 0)
  }

  @Test func aSecretThatIsShortIsRefused() throws {
    #expect(throws: SealError.weakSecret) { try ArchiveSeal(secret: Secret("fifteen letters")) }
    let seal = try ArchiveSeal(secret: Secret(secret))
    let other = try ArchiveSeal(secret: Secret(secret + "x"))
    #expect(seal.keyID.count == 21 && seal.keyID != other.keyID)
    #expect(!"\(seal)".contains("value"))
  }

  @Test func anInterruptLeavesNothing() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write(content(100_000), "in")
    let interrupt = try Interrupt()
    interrupt.raise()
    let seal = try ArchiveSeal(secret: Secret(secret))
    #expect(throws: SealError.interrupted) {
      try seal.seal(path("in"), into: path("sealed"), as: "a", of: snapshot, interrupt: interrupt)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["in"])
  }

  /// RFC 5869, appendix A: test cases 1, 2 and 3.
  @Test func keysAreDerivedAsPublished() {
    func range(_ bytes: ClosedRange<UInt8>) -> [UInt8] { Array(bytes) }
    let first = hkdfSHA256(
      [UInt8](repeating: 0x0b, count: 22), salt: range(0x00...0x0c), info: range(0xf0...0xf9), count: 42)
    #expect(
      hexadecimal(first) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    let second = hkdfSHA256(range(0x00...0x4f), salt: range(0x60...0xaf), info: range(0xb0...0xff), count: 82)
    #expect(
      hexadecimal(second)
        == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    )
    let third = hkdfSHA256([UInt8](repeating: 0x0b, count: 22), salt: [], info: [], count: 42)
    #expect(
      hexadecimal(third) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
  }
}

import ControlPlane
import Foundation
import Reconciliation
import Testing

/// The real program with real files and a real SIGKILL.
@Suite struct ProgramTests {
  /// A folder with a declaration, in which `decant` is run.
  final class Folder {
    let path: String
    private static let programs = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().path

    init(_ yaml: String) throws {
      path = NSTemporaryDirectory() + "planfiles-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(yaml.utf8).write(to: file("decant.yaml"))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> URL { URL(fileURLWithPath: "\(path)/\(name)") }
    var hasControlPlane: Bool { FileManager.default.fileExists(atPath: "\(path)/.decant") }

    /// `hears` is given what the program has printed so far, and may kill it.
    func run(_ arguments: [String], _ hears: (Process, Data) -> Void = { _, _ in }) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "\(Self.programs)/decant")
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: path)
      process.environment = ["HOME": path, "USER": "ana"]
      process.standardInput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      while true {
        let data = pipe.fileHandleForReading.availableData
        if data.isEmpty { break }
        hears(process, data)
      }
      process.waitUntilExit()
      return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
    }
  }

  private static func groups(_ count: Int) -> String {
    "decant: {workspace: shop}\nsso_groups:\n"
      + (0..<count).map { "  group-\($0): {description: Number \($0)}\n" }.joined()
  }

  @Test func aDamagedPlanIsRefusedBeforeAnythingIsMade() throws {
    let folder = try Folder(Self.groups(2))
    #expect(try folder.run(["plan", "--out", "shop.plan"]) == 0)
    let whole = try Data(contentsOf: folder.file("shop.plan"))
    for part in 0..<24 {
      let index = whole.count * part / 24
      var flipped = whole
      flipped[index] ^= 1
      for damaged in [flipped, whole.prefix(index)] {
        try damaged.write(to: folder.file("damaged.plan"))
        #expect(try folder.run(["apply", "damaged.plan"]) == 4, "byte \(index)")
      }
    }
    #expect(!folder.hasControlPlane)
    #expect(try folder.run(["apply", "shop.plan"]) == 0)
    #expect(try folder.run(["apply", "shop.plan"]) == 4)
  }

  /// Killed as soon as it says that something was done; whatever it was in the middle of then, the next run ends it.
  @Test func aKilledProgramIsContinued() throws {
    let folder = try Folder(Self.groups(3_500))
    #expect(try folder.run(["plan", "--out", "shop.plan", "--quiet"]) == 0)
    let ended = try folder.run(["apply", "shop.plan"]) { process, data in
      if String(decoding: data, as: UTF8.self).contains("created") { kill(process.processIdentifier, SIGKILL) }
    }
    #expect(ended == -SIGKILL)
    let store = try SQLiteStore(path: "\(folder.path)/.decant/control.db")
    let before = try store.records(in: "shop").count
    #expect((1..<3_500).contains(before))
    #expect(try folder.run(["apply", "shop.plan"]) == 0)
    let records = try store.records(in: "shop")
    #expect(records.count == 3_500 && records.allSatisfy { $0.revision == 1 && $0.isManaged })
    let log = try store.auditLog(of: "shop")
    #expect(AuditChain.verify(log) == .whole(log.last?.head ?? .empty))
    #expect(log.count { $0.draft.event == .done } == 3_500)
    #expect(try folder.run(["apply", "shop.plan"]) == 4)
    #expect(try folder.run(["plan", "--detailed-exitcode", "--quiet"]) == 0)
  }

  /// Consent is given when it is planned, and only then.
  @Test func aBrakedPlanIsSavedAndNotApplied() throws {
    let folder = try Folder(Self.groups(12))
    #expect(try folder.run(["apply", "--auto-approve"]) == 0)
    try Data(Self.groups(6).utf8).write(to: folder.file("decant.yaml"))
    #expect(try folder.run(["plan", "--out", "held.plan"]) == 5)
    #expect(try folder.run(["apply", "held.plan"]) == 5)
    #expect(try folder.run(["apply", "held.plan", "--allow-deletes", "6"]) == 1)
    #expect(try folder.run(["plan", "--out", "free.plan", "--allow-deletes", "6"]) == 0)
    #expect(try folder.run(["apply", "free.plan"]) == 0)
  }

  /// A plan in the place of a plan is replaced whole; nothing else is left beside it.
  @Test func aPlanIsReplacedAndNothingElseIs() throws {
    let folder = try Folder(Self.groups(2))
    try Data().write(to: folder.file("shop.plan"))
    for _ in 0..<2 { #expect(try folder.run(["plan", "--out", "shop.plan"]) == 0) }
    try Data("x".utf8).write(to: folder.file("notes"))
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link", withDestinationPath: "shop.plan")
    try FileManager.default.createDirectory(atPath: "\(folder.path)/dir", withIntermediateDirectories: true)
    for name in ["notes", "link", "dir", "notes/shop.plan"] {
      #expect(try folder.run(["plan", "--out", name]) == 1, "\(name)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["decant.yaml", "dir", "link", "notes", "shop.plan"])
    #expect(try Data(contentsOf: folder.file("notes")) == Data("x".utf8))
  }
}

import Foundation
import TestServers
import Testing

/// Programs of the machine that tests look with. Where one is missing, its tests are skipped and say so.
enum Machine {
  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Where `swift test` built the program: beside the test bundle.
  static let decant = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("decant").path

  static func path(of names: String...) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    let paths = names.flatMap { name in folders.map { "\($0)/\(name)" } }
    return paths.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static let browser = path(of: "chromium-headless-shell", "chromium", "google-chrome")
  static let mandoc = path(of: "mandoc")
  static let dot = path(of: "dot")
  static let hasJSONSchema = JSONSchema.isAvailable

  struct Answer {
    let status: Int32
    let output: String
    let error: String
  }

  static func run(_ program: String, _ arguments: [String], in folder: URL? = nil) throws -> Answer {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    // Files and not pipes: nobody waits for a pipe to be read.
    let files = try (0..<2).map { _ in try TemporaryFile("") }
    process.standardOutput = try FileHandle(forWritingTo: files[0].url)
    process.standardError = try FileHandle(forWritingTo: files[1].url)
    var environment = ProcessInfo.processInfo.environment
    environment["CI"] = nil
    environment["USER"] = "ana"
    process.environment = environment
    try process.run()
    process.waitUntilExit()
    return Answer(status: process.terminationStatus, output: try files[0].text(), error: try files[1].text())
  }

  /// A page as the browser has it when everything on it is over.
  static func shown(_ page: String, width: Int) throws -> String {
    let file = try TemporaryFile(page, suffix: "html")
    let profile = try Workspace([:])
    let answer = try run(
      browser ?? "",
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=\(width),900",
        "--user-data-dir=\(profile.folder.path)", "--dump-dom", file.url.absoluteString,
      ])
    #expect(answer.status == 0)
    return answer.output
  }

  /// What is wrong with each of these documents by a schema; empty where all are right.
  static func complaints(about documents: [String], by schema: String) throws -> String {
    try JSONSchema.complaints(about: documents, by: schema)
  }
}

/// A file that is gone with its owner.
final class TemporaryFile {
  let url: URL

  init(_ text: String, suffix: String = "txt") throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("decant-\(UUID().uuidString).\(suffix)")
    try text.write(to: url, atomically: true, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func text() throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }
}

/// A folder with a declaration in it.
final class Workspace {
  let folder: URL

  init(_ files: [String: String]) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("decant-\(UUID().uuidString)/shop")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try write(text, to: name) }
  }

  deinit { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  func write(_ text: String, to name: String) throws {
    try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  func text(of name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
  }

  /// SQL on the embedded control plane.
  func run(_ sql: String) throws {
    let script = "import sqlite3, sys; c = sqlite3.connect('.decant/control.db'); c.execute(sys.argv[1]); c.commit()"
    let answer = try Machine.run("/usr/bin/env", ["python3", "-c", script, sql], in: folder)
    if answer.status != 0 { throw CocoaError(.fileWriteUnknown, userInfo: ["error": answer.error]) }
  }

  func decant(_ arguments: String...) throws -> Machine.Answer {
    try Machine.run(Machine.decant, arguments, in: folder)
  }
}

import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// The real program in a folder of its own.
final class Workshop: Sendable {
  let folder: String

  /// Where `swift test` built the program: beside the test bundle.
  static let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("decant").path

  init(_ declaration: String? = nil) throws {
    folder = "/tmp/decant-end-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if let declaration { try write(declaration) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ text: String, to name: String = "decant.yaml") throws {
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  /// Nothing of the caller's environment but where programs are.
  func environment(_ more: [String: String] = [:]) -> [String: String] {
    // So wide that no sentence is broken: where it would be hangs on how long names are.
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "USER": "ana", "LC_ALL": "C.UTF-8", "COLUMNS": "10000",
    ]
    .merging(more) { $1 }
  }

  func start(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Running {
    try Running(Self.program, arguments, in: folder, self.environment(environment))
  }

  @discardableResult
  func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Ended {
    try start(arguments, environment).end()
  }

  /// One line of bash, in which `decant` is the program.
  @discardableResult
  func shell(_ line: String, _ environment: [String: String] = [:]) throws -> Ended {
    let all = self.environment(environment).merging(["DECANT": Self.program]) { $1 }
    return try Running("/bin/bash", ["-c", "decant() { \"$DECANT\" \"$@\"; }; \(line)"], in: folder, all).end()
  }
}

struct Ended {
  let status: Int32
  let isSignal: Bool
  let output: String
  let error: String
  var all: String { output + error }
}

/// A started program; what it says goes into files, so that it never waits for us.
final class Running: @unchecked Sendable {
  // Every property is set in `init` and only read afterwards, and `Process` may be asked from any thread.
  let process = Process()
  private let outputPath: String
  private let errorPath: String

  init(
    _ program: String, _ arguments: [String], in folder: String, _ environment: [String: String],
    input: FileHandle = .nullDevice
  ) throws {
    let base = "/tmp/decant-said-\(UUID().uuidString)"
    (outputPath, errorPath) = (base + ".out", base + ".err")
    for path in [outputPath, errorPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = environment
    process.standardInput = input
    process.standardOutput = FileHandle(forWritingAtPath: outputPath)
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    try process.run()
  }

  deinit {
    for path in [outputPath, errorPath] { try? FileManager.default.removeItem(atPath: path) }
  }

  var pid: Int32 { process.processIdentifier }

  func signal(_ number: Int32) { kill(pid, number) }

  var commandLine: [UInt8] {
    (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))).map(Array.init) ?? []
  }

  /// What it has said on standard error so far.
  var complaintSoFar: String { (try? text(errorPath)) ?? "" }

  func end() throws -> Ended {
    process.waitUntilExit()
    return Ended(
      status: process.terminationStatus, isSignal: process.terminationReason == .uncaughtSignal,
      output: try text(outputPath), error: try text(errorPath))
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }
}

extension Ended {
  var json: [String: Any]? {
    (try? JSONSerialization.jsonObject(with: Data(output.utf8))).flatMap { $0 as? [String: Any] }
  }

  /// "Applied: 5 done, 1 failed, …" as numbers by word.
  var applied: [String: Int] {
    guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("Applied: ") }) else { return [:] }
    var counts: [String: Int] = [:]
    for part in line.dropFirst("Applied: ".count).prefix(while: { $0 != "·" }).split(separator: ",") {
      let words = part.split(separator: " ")
      if let number = words.first.flatMap({ Int($0) }), words.count > 1 { counts[String(words[1])] = number }
    }
    return counts
  }
}

/// Looks again and again, at most a minute, without counting on any time: gives up only where it never comes true.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = Deadline.after(.seconds(60))
  while !deadline.hasPassed {
    if try condition() { return true }
    usleep(2_000)
  }
  return false
}

/// Groups that can be made without any database.
func groups(_ count: Int) -> String {
  "decant: {workspace: shop}\nsso_groups:\n" + (0..<count).map { "  g\($0): {description: number \($0)}\n" }.joined()
}

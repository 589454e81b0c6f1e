import Foundation
import TestServers

/// A folder of its own in which a story is played with the real program.
final class StoryStage {
  let folder: URL
  private let environment: [String: String]
  private let replacements: [(String, String)]

  /// Where `swift test` built the program: beside the test bundle.
  static let programs = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent()

  init(_ story: Story) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("decant-story-\(UUID().uuidString)/shop")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var environment = [
      "PATH": "\(Self.programs.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")",
      "HOME": folder.path, "USER": "ana", "LC_ALL": "C.UTF-8", "TZ": "UTC",
    ]
    var replacements = [(folder.path, "FOLDER")]
    if story.needsPostgreSQL {
      let server = try PostgreSQLServer.shared()
      let (source, destination) = (try server.createDatabase(named: "prod"), try server.createDatabase(named: "dev"))
      environment["PG_HOST"] = "localhost"
      // Names of databases and ports differ in length from run to run, and with them where lines would break.
      environment["COLUMNS"] = "2000"
      environment["PG_PORT"] = String(server.port)
      environment["PG_CA"] = server.authority
      environment["PG_USER"] = server.user
      environment["PGPASSFILE"] = try Self.passwordFile(for: server, in: folder)
      environment["PG_PASSWORD"] = server.password
      environment["PROD"] = source
      environment["DEV"] = destination
      replacements += [
        (server.authority, "CA"), (source, "PROD"), (destination, "DEV"), (":\(server.port)", ":PORT"),
        ("port \(server.port)", "port PORT"),
      ]
    }
    self.environment = environment
    self.replacements = replacements
    for file in story.inputs {
      var text = file.text
      for name in ["PG_HOST", "PG_PORT", "PG_CA", "PG_USER", "PROD", "DEV"] {
        text = text.replacingOccurrences(of: "@\(name)@", with: environment[name] ?? "")
      }
      let url = folder.appendingPathComponent(file.name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  /// For `psql` in stories; Decant itself is given nothing by it.
  private static func passwordFile(for server: PostgreSQLServer, in folder: URL) throws -> String {
    let url = folder.deletingLastPathComponent().appendingPathComponent("pgpass")
    try "*:*:*:\(server.user):\(server.password)\n".write(to: url, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
    return url.path
  }

  /// Plays one command; what it printed to either stream, and its exit code where that is not 0.
  func play(_ command: String) throws -> String {
    let (exitCode, text) = try Program.play(
      "/bin/bash", ["-c", "exec 2>&1; cd \"$STORY_FOLDER\"; \(command)"],
      environment: environment.merging(["STORY_FOLDER": folder.path]) { $1 })
    var output = text
    if !output.isEmpty, !output.hasSuffix("\n") { output += "\n" }
    if exitCode != 0 { output += "exit \(exitCode)\n" }
    return settled(output)
  }

  /// What differs from run to run is replaced by a word: times, durations, digests, ports, folders.
  private func settled(_ output: String) -> String {
    var text = output
    for (from, to) in replacements { text = text.replacingOccurrences(of: from, with: to) }
    let patterns = [
      (#"\b[0-9a-f]{64}\b"#, "HASH"), (#"\b[0-9a-f]{4}…[0-9a-f]{4}\b"#, "HASH"),
      (#"sha256:[0-9a-f]{12}…"#, "sha256:HASH"),
      (#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"#, "MOMENT"), (#"seen(\s)\d\d:\d\d:\d\d"#, "seen$1TIME"),
      (#"\b(\d+ ms|\d+\.\d\d s|\d+ min \d+ s)\b"#, "SPAN"), (#"\b\d+ (s|min) ago\b"#, "SPAN ago"),
      (#"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b"#, "SNAPSHOT"),
      (#"\b\d+(\.\d)? [kMG]B\b"#, "SIZE"), (#"\b[\d,]+ rows/s\b"#, "RATE"), (#"about \d+ (s|min|h)\b"#, "about SPAN"),
      (#"\d{13}-[0-9a-f]{8}"#, "RUN"), (#""milliseconds": \d+"#, #""milliseconds": N"#),
    ]
    for (pattern, word) in patterns {
      text = text.replacingOccurrences(of: pattern, with: word, options: .regularExpression)
    }
    return text
  }
}

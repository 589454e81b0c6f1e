import Foundation
import TestServers
import Testing

/// What a refresh is watched by: relays on both wires, and the programs that it runs.
struct CanaryWatch {
  let wires: (source: RecordingProxy, destination: RecordingProxy)
  let tools: WatchedTools

  static let top = "storage_profiles: {kept: {provider: local, path: ./kept}}"

  init(_ site: FaithfulSite) throws {
    wires = (try RecordingProxy(toPort: site.server.port), try RecordingProxy(toPort: site.far.port))
    tools = try WatchedTools(site.far.binaries)
  }

  var ends: (source: Int?, destination: Int?) { (wires.source.port, wires.destination.port) }
  var variables: [String: String] { tools.variables }
}

/// Values that were planted, and the search for them in files.
final class Canaries: Sendable {
  enum Forms: String {
    case asTheyAre, everyForm
  }

  let count: Int
  private let base = "/tmp/decant-canaries-\(UUID().uuidString)"

  init(_ values: Set<String>) throws {
    count = values.count
    #expect(values.allSatisfy { $0.utf8.count >= 10 })
    try Self.write(Array(values), to: "\(base).\(Forms.asTheyAre)")
    try Self.write(values.flatMap(Self.forms), to: "\(base).\(Forms.everyForm)")
  }

  deinit {
    for forms in [Forms.asTheyAre, .everyForm] { try? FileManager.default.removeItem(atPath: "\(base).\(forms)") }
  }

  /// The files below a place that hold any of the values.
  func found(in place: String, _ forms: Forms = .asTheyAre) throws -> [String] {
    let (exitCode, output) = try Program.play(
      "/bin/bash", ["-c", "grep -rlaF -f '\(base).\(forms)' '\(place)'"],
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
    try #require(exitCode < 2, "\(output)")
    return output.split(separator: "\n").map(String.init)
  }

  /// As text, as `bytea` is written, and in base64 behind any other bytes.
  private static func forms(of value: String) -> [String] {
    let bytes = Array(value.utf8)
    let digits = Array("0123456789abcdef".utf8)
    let hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    let encoded = (0..<3).map { shift in
      // Only the characters in which no neighbour takes part.
      let text = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
      return String(text.prefix((shift + bytes.count) * 4 / 3).dropFirst((shift * 4 + 2) / 3))
    }
    return [value, hex] + encoded
  }

  private static func write(_ lines: [String], to path: String) throws {
    try lines.joined(separator: "\n").appending("\n").write(toFile: path, atomically: true, encoding: .utf8)
  }
}

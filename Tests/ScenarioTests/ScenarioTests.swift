import Foundation
import TestServers
import Testing

/// The golden stories under Tests/Scenarios, one test each. `make record` writes what they print anew.
@Suite("Scenarios")
struct ScenarioTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scenarios")

  static let stories: [String] = {
    let names = FileManager.default.subpaths(atPath: folder.path) ?? []
    return names.filter { $0.hasSuffix(".txtar") }.sorted()
  }()

  static let isRecording = ProcessInfo.processInfo.environment["DECANT_RECORD"] != nil

  @Test("a story that needs no server", arguments: stories.filter { !needsPostgreSQL($0) })
  func plain(_ name: String) throws { try play(name) }

  @Test(
    "a story on a real PostgreSQL",
    .enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")"),
    arguments: stories.filter(needsPostgreSQL))
  func onServer(_ name: String) throws { try play(name) }

  @Test func thereAreStories() { #expect(Self.stories.count > 5) }

  private static func needsPostgreSQL(_ name: String) -> Bool {
    (try? Story(path: folder.appendingPathComponent(name).path))?.needsPostgreSQL ?? false
  }

  private func play(_ name: String) throws {
    let path = Self.folder.appendingPathComponent(name).path
    let story = try Story(path: path)
    let stage = try StoryStage(story)
    var played: [Story.Step] = []
    for step in story.steps {
      let output = try stage.play(step.command)
      played.append(Story.Step(command: step.command, output: output))
      if !Self.isRecording {
        #expect(output == step.output, "\(name): $ \(step.command)\n\(output)")
      }
    }
    #expect(!played.isEmpty, "\(name) has no step")
    if Self.isRecording { try story.text(with: played).write(toFile: path, atomically: true, encoding: .utf8) }
  }
}

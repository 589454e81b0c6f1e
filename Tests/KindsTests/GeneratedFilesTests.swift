import Documents
import Foundation
import Kinds
import Reconciliation
import Testing

struct GeneratedFilesTests {
  private func text(_ path: String) throws -> String {
    try #require(GeneratedFiles.all(for: .decant).first { $0.path == path }?.text)
  }

  @Test func everyKindHasASchemaAndAPlaceInTheReference() throws {
    #expect(
      GeneratedFiles.all(for: .decant).map(\.path).filter { !$0.hasPrefix("docs/findings/") } == [
        "schemas/decant.json", "schemas/storage_profile.json", "schemas/sso_group.json", "schemas/environment.json",
        "schemas/sanitization.json", "schemas/target.json", "schemas/report.json", "docs/reference/configuration.md",
      ])
    let page = try text("docs/reference/configuration.md")
    for kind in Catalogue.decant.kinds {
      let schema = try JSON.read(Array(text("schemas/\(kind.schema.kind).json").utf8))
      #expect(schema["additionalProperties"] == false)
      for field in kind.schema.fields {
        #expect(schema["properties"]?[field.name]?["description"]?.string?.isEmpty == false, "\(field.name)")
        #expect(page.contains("`\(field.name)`"))
        for alias in field.aliases { #expect(schema["properties"]?[alias] != nil && page.contains("`\(alias)`")) }
      }
    }
    for word in [
      "shuffle_within", "hex_length", "virtual_references", "literal_secret", "expected_result", "max_delete_percent",
    ] {
      #expect(page.contains("`\(word)`") || page.contains(".\(word)`"), "\(word)")
    }
  }

  /// `decant schema --write` writes them, and so does this test with `DECANT_RECORD=1`.
  @Test func theRepositoryHoldsThem() throws {
    let root = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent()
    for file in GeneratedFiles.all(for: .decant) {
      let url = root.appendingPathComponent(file.path)
      if ProcessInfo.processInfo.environment["DECANT_RECORD"] == "1" {
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.text.utf8).write(to: url)
      }
      let isCurrent = FileManager.default.contents(atPath: url.path) == Data(file.text.utf8)
      #expect(isCurrent, "\(file.path)")
    }
  }

  @Test func tablesAreAlignedAndNoLineEndsInASpace() throws {
    let lines = try text("docs/reference/configuration.md").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.last != " " })
    for (above, below) in zip(lines, lines.dropFirst()) where above.hasPrefix("| ") && below.hasPrefix("| ") {
      #expect(above.count == below.count, "\(below)")
    }
  }

  /// What the reader accepts, the schema accepts; and of what it refuses by shape alone, the schema refuses too.
  @Test(.enabled(if: Python.hasJSONSchema, "python3 with jsonschema and yaml is missing"))
  func schemasAgreeWithTheReader() throws {
    var cases: [[String: String]] = []
    func add(_ schema: String, _ document: String, _ expected: Bool) throws {
      cases.append(["schema": try text(schema), "document": document, "valid": expected ? "yes" : "no"])
    }
    for (folder, name, kind) in [
      ("team-workflows", "storage.yaml", "decant"), ("team-workflows", "targets.yaml", "decant"),
      ("confiture", "decant.yaml", "decant"),
      ("confiture", "anonymization_config.yaml", "sanitization"),
      ("confiture", "db/environments/production.yaml", "environment"),
      ("confiture", "db/environments/staging.yaml", "environment"), ("design", "decant.yaml", "decant"),
    ] {
      try add("schemas/\(kind).json", String(decoding: MemoryFiles(fixture: folder).read(name), as: UTF8.self), true)
    }
    var specs = RandomSpecs(seed: 21)
    for kind in Catalogue.decant.kinds {
      for _ in 0..<15 { try add("schemas/\(kind.schema.kind).json", specs.decoded(kind.schema).written, true) }
    }
    for one in WrongFilesTests.cases("3-values") where !Self.beyondASchema.contains(one.title) {
      try add("schemas/decant.json", one.files[0].text, false)
    }
    let answers = try Python.validate(cases)
    for (one, answer) in zip(cases, answers) { #expect(answer == one["valid"], "\(one["document"] ?? "")") }
    #expect(answers.count == cases.count)
  }

  /// What only the reader can know.
  private static let beyondASchema: Set = [
    "a budget that is no amount", "a template that a run itself is connected to", "the template of everybody",
    "a template that a run is connected to without having been told",
    "two spellings of one key", "two spellings, of which the first is the default", "a query_file that is not there",
    "a column twice", "a day that does not exist", "a check that expects infinity",
  ]
}

enum Python {
  private static let script = """
    import sys, json, yaml, jsonschema
    class Loader(yaml.SafeLoader): pass
    Loader.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if t not in ('tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:bool')] for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    import re
    Loader.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile('^(true|false|True|False|TRUE|FALSE)$'), list('tTfF'))
    seen = {}
    for one in json.load(open(sys.argv[1])):
        text = one['schema']
        if text not in seen:
            schema = json.loads(text); jsonschema.Draft7Validator.check_schema(schema); seen[text] = jsonschema.Draft7Validator(schema)
        print('yes' if seen[text].is_valid(yaml.load(one['document'], Loader)) else 'no')
    """

  static var hasJSONSchema: Bool { (try? run(["-c", "import jsonschema, yaml"]))?.status == 0 }

  static func validate(_ cases: [[String: String]]) throws -> [String] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("decant-\(UUID().uuidString).json")
    try JSONEncoder().encode(cases).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try run(["-c", script, file.path]).output.split(separator: "\n").map(String.init)
  }

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}

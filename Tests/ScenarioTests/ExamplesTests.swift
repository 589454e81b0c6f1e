import Documents
import Foundation
import Testing

/// The folders under `examples` do what they say: declarations are read and planned, pipelines are run with stand-ins
/// for the services that they speak to.
@Suite("Examples")
struct ExamplesTests {
  static let root = ScenarioTests.folder.appendingPathComponent("../../examples").standardizedFileURL

  static let declarations: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? [])
    .filter { FileManager.default.fileExists(atPath: root.appendingPathComponent("\($0)/").path) }
    .filter { !$0.hasSuffix(".md") }.sorted()

  /// A copy of files under `examples`, by their names there.
  static func stage(
    _ folder: String, needing needs: String = "", editing edit: (String) -> String = { $0 }
  ) throws -> StoryStage {
    let base = root.appendingPathComponent(folder)
    let names = try FileManager.default.subpathsOfDirectory(atPath: base.path)
    let files = try names.compactMap { name -> (String, String)? in
      let url = base.appendingPathComponent(name)
      guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { return nil }
      return (name, edit(try String(contentsOf: url, encoding: .utf8)))
    }
    return try StoryStage(Story(sentence: "An example.\n\(needs)", files: files))
  }

  @Test func thereIsOneForEachSituation() {
    #expect(Self.declarations == ["aurora-pipeline", "ci", "compliance", "production-sync", "team-workflows"])
  }

  @Test(arguments: declarations)
  func aDeclarationIsValidAndPlanned(_ name: String) throws {
    let stage = try Self.stage(name)
    let control = "DECANT_CONTROL_PLANE=sqlite:state/control.db"
    let valid = try stage.play("\(control) decant validate")
    #expect(valid.hasPrefix("Valid: "), "\(valid)")
    #expect(valid.contains("0 errors, 0 warnings"), "\(valid)")
    let plan = try stage.play("mkdir state; \(control) decant plan --no-observe --detailed-exitcode --quiet")
    #expect(plan.hasSuffix("exit 2\n"), "\(plan)")
    let applied = try stage.play("\(control) decant apply --no-observe --auto-approve --quiet")
    #expect(applied.contains("0 failed, 0 blocked"), "\(applied)")
    let again = try stage.play("\(control) decant plan --no-observe --detailed-exitcode --quiet")
    #expect(again.hasPrefix("No changes."), "\(again)")
  }
}

/// A pipeline's commands, taken out of its file and run as the service runs them: with `sh -e`.
struct Pipeline {
  let scripts: [String]

  /// - Parameter key: what the commands stand under: `run`, `script`, `args`.
  init(_ path: String, under key: String) throws {
    let url = ExamplesTests.root.appendingPathComponent("ci/\(path)")
    let (document, diagnostics) = YAML.read(Source(name: path, bytes: Array(try Data(contentsOf: url))))
    try #require(diagnostics.isEmpty)
    scripts = Pipeline.scripts(in: try #require(document), under: key)
  }

  private static func scripts(in node: Node, under key: String) -> [String] {
    switch node.content {
    case .scalar: []
    case .sequence(let items): items.flatMap { scripts(in: $0, under: key) }
    case .mapping(let entries):
      entries.flatMap { entry in
        entry.key.text == key ? texts(entry.value) : scripts(in: entry.value, under: key)
      }
    }
  }

  private static func texts(_ node: Node) -> [String] {
    switch node.content {
    case .scalar(let scalar): [scalar.text]
    case .sequence(let items): items.flatMap(texts)
    case .mapping: []
    }
  }
}

@Suite("Pipelines")
struct PipelineTests {
  private static let ends = ["@prod:5432": "@127.0.0.1:1", "@dev:5432": "@127.0.0.1:1"]
  private static let reviewed = "sha256:HASH"

  /// The declaration of the pipelines, with databases that refuse at once, and stand-ins first on the path.
  private func stage(_ standIns: [String: String]) throws -> StoryStage {
    let stage = try ExamplesTests.stage("ci") { text in
      Self.ends.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
    }
    for (name, text) in standIns {
      try "#!/bin/sh\n\(text)".write(
        to: stage.folder.appendingPathComponent("bin-\(name)"), atomically: true, encoding: .utf8)
    }
    let moves = standIns.keys.map { "mv bin-\($0) bin/\($0)" }.joined(separator: "; ")
    _ = try stage.play("mkdir bin state; \(moves); chmod +x bin/*")
    return stage
  }

  private func run(_ script: String, _ variables: [String: String] = [:], on stage: StoryStage) throws -> String {
    #expect(!script.contains("${{"), "expressions of the service go through the environment, or a title is run as code")
    try script.write(to: stage.folder.appendingPathComponent("step.sh"), atomically: true, encoding: .utf8)
    #expect(try stage.play("bash -n step.sh") == "")
    let settings = [
      "DECANT_CONTROL_PLANE": "sqlite:state/control.db", "PATH": "$PWD/bin:$PATH", "PROD_DB_PASSWORD": "p",
      "DEV_DB_PASSWORD": "d",
    ].merging(variables) { $1 }
    let words = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
    return try stage.play("\(words.joined(separator: " ")) sh -e step.sh")
  }

  private func edit(_ stage: StoryStage) throws {
    _ = try stage.play("sed -i 's/Everybody who writes code/Everybody/' decant.yaml")
  }

  private static let gh = """
    case "$*" in
      *commits/c0ffee/pulls*) echo 7 ;;
      *"--method POST"*|*"--method PATCH"*) cp comment.txt posted.txt; echo "$3" >>posts ;;
      *issues/7/comments*.id) if [ -e posted.txt ]; then echo 11; fi ;;
      *issues/7/comments*.body) cat posted.txt ;;
      *) echo "what is gh $*?" >&2; exit 64 ;;
    esac
    """

  @Test func onGitHub() throws {
    let stage = try stage(["gh": Self.gh])
    let plan = try Pipeline("github/plan.yaml", under: "run").scripts
    let apply = try Pipeline("github/apply.yaml", under: "run").scripts
    let drift = try Pipeline("github/drift.yaml", under: "run").scripts
    try #require((plan.count, apply.count, drift.count) == (2, 1, 3))

    func review() throws {
      #expect(try !run(plan[0], on: stage).contains("exit"))
      #expect(try run(plan[1], ["REPOSITORY": "o/r", "PULL_REQUEST": "7"], on: stage) == "")
    }
    let merged = ["REPOSITORY": "o/r", "COMMIT": "c0ffee"]
    try review()
    try review()
    #expect(try stage.play("cat posts") == "POST\nPATCH\n", "one comment, kept up to date")
    #expect(try stage.play("head -n 1 posted.txt").hasPrefix("## Plan: 2 create"))
    #expect(try stage.play("tail -n 1 posted.txt") == "<!-- decant:plan workspace=shop digest=sha256:HASH -->\n")
    #expect(try run(apply[0], merged, on: stage).contains("Applied: 2 done"))
    #expect(try run(drift[0], on: stage).hasPrefix("Workspace shop"))
    #expect(try run(drift[1], on: stage).hasSuffix("exit 8\n"), "there is no copy to check here")
    #expect(try !run(drift[2], on: stage).contains("exit"))

    // The same merge again changes nothing; what nobody reviewed is refused.
    try review()
    #expect(try stage.play("head -n 1 posted.txt").hasPrefix("## No changes."))
    #expect(try run(apply[0], merged, on: stage).contains("No changes."))
    try edit(stage)
    #expect(try run(apply[0], merged, on: stage).hasSuffix("exit 4\n"), "that there is nothing to do was reviewed, too")
    _ = try stage.play("mv posted.txt away")
    _ = try stage.play("echo '<!-- decant:plan workspace=shop -->' > posted.txt")
    #expect(try run(apply[0], merged, on: stage).hasSuffix("exit 2\n"), "a plan that could not be made has no digest")
    try review()
    _ = try stage.play("sed -i 's/Everybody/Nobody/' decant.yaml")
    let refused = try run(apply[0], merged, on: stage)
    #expect(refused.contains("This is not the plan that was reviewed"))
    #expect(refused.hasSuffix("exit 4\n"))
  }

  private static let curl = """
    cat >/dev/null
    case "$*" in
      *secret*) echo "a token in the arguments" >&2; exit 64 ;;
      *--data-urlencode*) cp comment.txt posted.txt ;;
      *commits/c0ffee/merge_requests) echo '[{"iid": 7}]' ;;
      *notes*) jq -n --rawfile body posted.txt '[{author: {id: 5}, body: $body},
        {author: {id: 6}, body: ("<!-- decant:plan workspace=shop digest=sha256:" + ("0" * 64) + " -->")}]' ;;
      *) exit 64 ;;
    esac
    """

  static let hasJQ = ["/usr/bin/jq", "/usr/local/bin/jq", "/bin/jq"]
    .contains(where: FileManager.default.isExecutableFile)

  @Test(.enabled(if: hasJQ, "skipped: no jq here (apt-get install jq)"))
  func onGitLab() throws {
    let stage = try stage(["curl": Self.curl])
    let scripts = try Pipeline("gitlab/.gitlab-ci.yml", under: "script").scripts
    try #require(scripts.count == 3)
    let variables = [
      "CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "3", "CI_MERGE_REQUEST_IID": "7",
      "CI_COMMIT_SHA": "c0ffee", "DECANT_NOTE_TOKEN": "secret", "DECANT_BOT_TOKEN": "secret", "DECANT_BOT_ID": "5",
    ]
    #expect(try !run(scripts[0], variables, on: stage).contains("exit"))
    #expect(try run(scripts[1], variables, on: stage).contains("Applied: 2 done"))
    #expect(try run(scripts[2], variables, on: stage).hasSuffix("exit 8\n"))
    try edit(stage)
    #expect(try run(scripts[1], variables, on: stage).hasSuffix("exit 4\n"))
  }

  @Test func onKubernetes() throws {
    let stage = try stage(["none": "exit 64"])
    let scripts = try Pipeline("kubernetes/drift.yaml", under: "args").scripts
    try #require(scripts.count == 1)
    #expect(try run(scripts[0], on: stage).hasSuffix("exit 8\n"))
  }
}

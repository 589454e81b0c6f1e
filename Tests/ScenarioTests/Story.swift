import Foundation

/// A story: what a user has, types and sees, in one text file (the txtar form: a sentence, then files between
/// `-- name --` lines). The file `story` holds lines `$ command`, each followed by what it prints and, where it is not
/// 0, by `exit N`.
struct Story {
  let path: String
  let sentence: String
  var files: [(name: String, text: String)]

  struct Step {
    let command: String
    var output: String
  }

  init(path: String) throws {
    self.path = path
    var name: String?
    var (sentence, lines, files): (String, [String], [(name: String, text: String)]) = ("", [], [])
    func finish() {
      let text = lines.joined(separator: "\n") + (lines.isEmpty ? "" : "\n")
      if let name { files.append((name, text)) } else { sentence = text }
    }
    var content = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    if content.last == "" { content.removeLast() }
    for line in content {
      if line.hasPrefix("-- "), line.hasSuffix(" --"), line.count > 6 {
        finish()
        (name, lines) = (String(line.dropFirst(3).dropLast(3)), [])
      } else {
        lines.append(line)
      }
    }
    finish()
    self.sentence = sentence
    self.files = files
  }

  /// Files without a story, for tests that play commands of their own.
  init(sentence: String, files: [(name: String, text: String)]) {
    (path, self.sentence, self.files) = ("", sentence, files)
  }

  /// Needs a real PostgreSQL: the sentence has a line that says so.
  var needsPostgreSQL: Bool { sentence.contains("Needs: PostgreSQL") }

  var inputs: [(name: String, text: String)] { files.filter { $0.name != "story" } }

  var steps: [Step] {
    var steps: [Step] = []
    for line in (files.first { $0.name == "story" }?.text ?? "").components(separatedBy: "\n").dropLast() {
      if line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2)), output: ""))
      } else if let last = steps.indices.last {
        steps[last].output += line + "\n"
      }
    }
    return steps
  }

  /// The same story with other outputs, as text.
  func text(with steps: [Step]) -> String {
    let story = steps.map { "$ \($0.command)\n\($0.output)" }.joined()
    return sentence + files.map { "-- \($0.name) --\n\($0.name == "story" ? story : $0.text)" }.joined()
  }
}

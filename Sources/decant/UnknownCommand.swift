import ArgumentParser
import Documents

/// A word that stands where a command is expected and is none: the parser itself suggests options alone.
struct UnknownCommand: CustomStringConvertible {
  let word: String
  let path: [String]
  let suggestion: String?

  /// Nothing where every word up to the first one that is an argument is a command.
  init?(in words: [String], below root: any ParsableCommand.Type) {
    var (command, path) = (root, [root.configuration.commandName ?? "decant"])
    var words = words[...]
    while let word = words.popFirst() {
      if word == "--chdir" { words = words.dropFirst() }
      if word == "--chdir" || word.hasPrefix("--chdir=") { continue }
      guard !word.hasPrefix("-"), word != "help", !command.configuration.subcommands.isEmpty else { return nil }
      let names = command.configuration.subcommands.map { ($0.configuration.commandName ?? "", $0) }
      guard let next = names.first(where: { $0.0 == word || $0.1.configuration.aliases.contains(word) }) else {
        self.word = word
        self.path = path
        suggestion = Suggestion.nearest(word, among: names.map(\.0))
        return
      }
      command = next.1
      path.append(word)
    }
    return nil
  }

  var description: String {
    let command = path.joined(separator: " ")
    let hint = suggestion.map { ". Did you mean '\($0)'?" } ?? ""
    return """
      Error: Unexpected argument '\(word)'\(hint)
      Usage: \(command) \(path.count == 1 ? "[--chdir <folder>] " : "")<subcommand>
        See '\(command) --help' for more information.
      """
  }
}

import ArgumentParser
import Reconciliation

/// `docs/reference/commands.md`, from the commands themselves.
enum CommandReference {
  static var page: (path: String, text: String) {
    let intro = """
      # Commands

      Written by `decant schema --write`; `decant help COMMAND` prints the same. Exit codes: [exit-codes.md](exit-codes.md).

      """
    return ("docs/reference/commands.md", intro + sections(of: DecantCommand.self, named: ["decant"]).joined())
  }

  private static func sections(of command: any ParsableCommand.Type, named names: [String]) -> [String] {
    let children = command.configuration.subcommands
    let title = names.joined(separator: " ")
    let help = DecantCommand.helpMessage(for: command, columns: 100)
    let own = "\n## \(title)\n\n```\n\(trimmed(help))\n```\n"
    return [own] + children.flatMap { sections(of: $0, named: names + [$0.configuration.commandName ?? ""]) }
  }

  /// No space at the ends of lines, no empty line at the end.
  private static func trimmed(_ help: String) -> String {
    var lines = help.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).trimmedAtEnd }
    while lines.last == "" { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
}

/// `docs/reference/exit-codes.md`, from the statuses themselves.
enum ExitCodeReference {
  static var page: (path: String, text: String) {
    let rows = ExitStatus.allCases.map { "| \($0.rawValue) | `\($0.name)` | \($0.meaning) |" }
    let order = ExitStatus.precedence.map { String($0.rawValue) }.joined(separator: ", ")
    let text = """
      # Exit codes

      One number per cause, the same for every command. Written by `decant schema --write`.

      | code | name | when |
      |---:|---|---|
      \(rows.joined(separator: "\n"))

      Where several hold, the first of \(order) counts. `plan` gives 2 and 3 only with `--detailed-exitcode`; `drift` gives 3
      by itself; `validate` gives 1 for what cannot be read and 9 for findings of severity error. A process that a signal
      ended gives 128 and the signal's number, as shells have it.

      """
    return ("docs/reference/exit-codes.md", text)
  }
}

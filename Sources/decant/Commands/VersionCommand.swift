import ArgumentParser

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "version", abstract: "Tells the version.")

  static let version = "0.1.0"
  /// Of this version's manual pages, as mdoc(7) wants it.
  static let date = "November 21, 2026"

  @Flag(help: "As JSON.")
  var json = false

  func run() {
    Console.write(json ? "{\"version\":\"\(Self.version)\"}\n" : "decant \(Self.version)\n")
  }
}

struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Writes completions for a shell.",
    discussion: "For bash: decant completions bash > /etc/bash_completion.d/decant")

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() {
    Console.write(DecantCommand.completionScript(for: shell.completions) + "\n")
  }

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish

    var completions: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }
}

import ArgumentParser
import Reconciliation

/// The one place where the process begins and ends.
@main
enum Program {
  static func main() {
    Console.occupyStandardStreams()
    do {
      var command = try DecantCommand.parseAsRoot(words)
      if let reporting = command as? any ReportingCommand {
        Console.exit(reporting.runReporting())
      }
      try command.run()
      Console.exit(.ok)
    } catch {
      refuse(error)
    }
  }

  /// What was typed, with `--html=FILE` as `--html FILE`: the parser takes an option that may stand alone for one that does,
  /// whatever its `=` says.
  private static var words: [String] {
    let renderings = ["--markdown", "--html", "--sarif", "--junit"]
    let typed = CommandLine.arguments.dropFirst()
    let end = typed.firstIndex(of: "--") ?? typed.endIndex
    return typed[..<end].flatMap { word in
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return parts.count == 2 && renderings.contains(parts[0]) ? parts : [word]
    } + typed[end...]
  }

  /// Words on the command line that cannot be read are an error like any other: exit code 1, not 64.
  private static func refuse(_ error: any Error) -> Never {
    let isHelp = DecantCommand.exitCode(for: error) == .success
    let unknown = isHelp ? nil : UnknownCommand(in: words, below: DecantCommand.self)
    let text = unknown?.description ?? DecantCommand.fullMessage(for: error)
    if !text.isEmpty { Console.write(text + "\n", toError: !isHelp) }
    Console.exit(isHelp ? .ok : .error)
  }
}

struct DecantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decant",
    abstract: "Keeps safe copies of production databases, as declared in files.",
    discussion: """
      Storage profiles, database targets, masking rules and groups are declared in YAML. `plan` shows how the live \
      world differs, `apply` makes it so, `verify` proves the result from the data.
      """,
    version: "decant \(VersionCommand.version)",
    subcommands: [
      InitCommand.self, ValidateCommand.self, PlanCommand.self, ApplyCommand.self, DriftCommand.self, ShowCommand.self,
      VerifyCommand.self, GraphCommand.self, AuditCommand.self, AdoptCommand.self, DestroyCommand.self,
      ExportCommand.self, RefreshCommand.self, SyncCommand.self, PublishCommand.self, GrantsCommand.self,
      BuildCommand.self, SanitizeCommand.self, LoadCommand.self, PullCommand.self, ResetCommand.self,
      TargetsCommand.self, TargetCommand.self, SnapshotsCommand.self,
      ControlCommand.self, ProofCommand.self, ExplainCommand.self, SchemaCommand.self, VersionCommand.self,
      CompletionsCommand.self,
    ])
  /// The commands read it where it stands in them; here it may also stand before their names.
  @OptionGroup var place: PlaceOptions
}

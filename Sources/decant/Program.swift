import ArgumentParser
import Reconciliation

/// The one place where the process begins and ends.
@main
enum Program {
  static func main() {
    Console.occupyStandardStreams()
    do {
      var command = try DecantCommand.parseAsRoot()
      if let reporting = command as? any ReportingCommand {
        Console.exit(reporting.runReporting())
      }
      try command.run()
      Console.exit(.ok)
    } catch {
      refuse(error)
    }
  }

  /// Words on the command line that cannot be read are an error like any other: exit code 1, not 64.
  private static func refuse(_ error: any Error) -> Never {
    let isHelp = DecantCommand.exitCode(for: error) == .success
    let text = DecantCommand.fullMessage(for: error)
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

import ArgumentParser
import ControlPlane
import Reconciliation

struct ControlCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "control", abstract: "Looks after the control plane.", subcommands: [ControlMigrateCommand.self])
}

struct ControlMigrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Copies the control plane to another place, and proves the copy.",
    discussion: """
      Everything of all workspaces: records, revisions, and the audit log with its hashes. The other place has to be \
      empty. The old one is left as it was: change control_plane.url everywhere, and use only the new one.
      """)

  @OptionGroup var options: GlobalOptions

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp(
      "sqlite:PATH, or postgresql://user:${PASSWORD}@host/database; a password only by a variable.", valueName: "url"))
  var destination: String

  func run() throws {
    var report = Report(command: "control migrate")
    do {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return complain(report) }
      let summary = try migrate(declaration, stage)
      Console.write(text(summary))
    } catch {
      report.error = error.description
      complain(report)
    }
  }

  private func migrate(_ declaration: Declaration, _ stage: Stage) throws(Failure) -> ControlPlaneCopy.Summary {
    let source = try ControlPlaneDoor(settings: declaration.settings, interrupt: stage.interrupt).openArchive()
    let target = try ControlPlaneDoor(settings: settings(), interrupt: stage.interrupt).openArchive()
    do {
      return try ControlPlaneCopy(from: source, to: target, holder: Environment.actor).run()
    } catch { throw error.failure }
  }

  /// An argument list is open to everybody on the machine, so no password may stand in it.
  private func settings() throws(Failure) -> Settings {
    if !destination.hasPrefix("sqlite:"), !destination.hasPrefix("${") {
      let url: ConnectionURL
      do { url = try ConnectionURL(destination) } catch { throw failure(error.reason) }
      if url.holdsLiteralPassword {
        throw failure("a password in an argument list is seen by everybody; write ${NAME}")
      }
    }
    return Settings(workspace: "", controlPlane: destination)
  }

  private func failure(_ reason: String) -> Failure {
    Failure("copy", "the control plane", cause: "--to: \(reason)")
  }

  private func text(_ summary: ControlPlaneCopy.Summary) -> String {
    let heads = summary.heads.sorted { $0.key < $1.key }.map { name, head in
      "  \(Text.padded(Text.shown(name), to: 24)) audit head \(head.number):\(head.hash)\n"
    }
    return heads.joined()
      + "Copied and read back: \(Text.counted(summary.records, "record")), \(summary.tombstones) of them deleted, and \(Text.counted(summary.auditEntries, "audit entry", plural: "audit entries")) of \(Text.counted(summary.workspaces, "workspace")).\nNow change control_plane.url to the new place.\n"
  }

  private func complain(_ report: Report) {
    Console.write(Renderer(options.output).complaint(of: report), toError: true)
    Console.exit(report.exit == .ok ? .error : report.exit)
  }
}

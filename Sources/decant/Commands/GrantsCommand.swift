import ArgumentParser
import ControlPlane
import Kinds
import Reconciliation

struct GrantsCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "grants", abstract: "Prints the SQL that gives both roles of a target what copies need.",
    discussion: """
      Nothing is run: an administrator does that. Where a server can be asked, each statement says whether its right is \
      there already. No superuser is needed on either side.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions

  @Argument(help: "Targets, by name or address.")
  var targets: [String]

  var output: OutputOptions { options.output }

  func report() -> Report {
    var report = Report(command: "grants")
    do throws(Failure) {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let chosen = try declaration.targets(named: targets, for: "list the rights for")
      let copies = stage.copies(MemoryStore(title: "none", identity: nil), declaration, connecting, leaseWait: 0)
      let ports = stage.ports(connecting, at: SystemClock.now(), copies: copies)
      var all: [TargetRights] = []
      for object in chosen {
        guard let rights = try Target.rights(of: object, in: declaration, through: ports) else {
          throw Failure(
            "list the rights for", object.address.name,
            cause: "it declares no source, no destination or nothing that masks: there is no copy to make")
        }
        all.append(TargetRights(object.address, rights))
      }
      report.rights = all
    } catch {
      report.error = error.description
    }
    return report
  }
}

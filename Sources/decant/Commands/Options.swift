import ArgumentParser
import Reconciliation

/// What every command that reads a declaration takes.
struct GlobalOptions: ParsableArguments {
  @Option(name: .customLong("chdir"), help: ArgumentHelp("Work in this folder.", valueName: "folder"))
  var folder: String?

  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp("Read this file alone, not the *.yaml and *.yml of the folder.", valueName: "path"))
  var file: String?

  @Option(help: ArgumentHelp("The workspace, instead of the declared one or the folder's name.", valueName: "name"))
  var workspace: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let workspace, let defect = ObjectName.defect(workspace) {
      throw ValidationError("--workspace takes a name; this one \(defect).")
    }
  }
}

/// How a command speaks.
struct OutputOptions: ParsableArguments {
  @Option(help: "Colours: auto, always or never. NO_COLOR means never.")
  var color = ColorChoice.auto

  @Flag(name: .shortAndLong, help: "Only the summary, and what went wrong.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Conditions that hold, too.")
  var verbose = false

  @Flag(help: "The report as JSON on standard output.")
  var json = false
}

enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never
}

/// What commands that look at live databases take.
struct ObserveOptions: ParsableArguments {
  @Flag(name: .customLong("no-observe"), help: "Connect to no database; what depends on them is unknown.")
  var isOff = false

  @OptionGroup var connecting: ConnectionOptions
}

/// What commands that connect to databases take.
struct ConnectionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("At most so many connections to databases at once.", valueName: "count"))
  var connections = 8

  @Option(help: ArgumentHelp("Seconds after which a database that does not answer is given up.", valueName: "seconds"))
  var timeout = 10

  func validate() throws {
    guard (1...1_000).contains(connections) else {
      throw ValidationError("--connections takes a number from 1 to 1000.")
    }
    guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout takes seconds from 1 to 3600.") }
  }
}

/// What commands that open the control plane take.
struct StoreOptions: ParsableArguments {
  @Flag(help: "With CI=true, use the embedded control plane all the same.")
  var allowEmbedded = false
}

/// What commands that make a plan to be applied take.
struct ConsentOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Consent to so many deletes and replaces.", valueName: "count"))
  var allowDeletes = 0

  func validate() throws {
    guard allowDeletes >= 0 else { throw ValidationError("--allow-deletes takes a number from 0.") }
  }
}

import ArgumentParser
import Documents
import Reconciliation

/// Where to work: before the command's name or after it.
struct PlaceOptions: ParsableArguments {
  @Option(name: .customLong("chdir"), help: ArgumentHelp("Work in this folder.", valueName: "folder"))
  var folder: String?
}

/// What every command that reads a declaration takes.
struct GlobalOptions: ParsableArguments {
  @OptionGroup var place: PlaceOptions

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

  @Flag(name: .shortAndLong, help: "Conditions that hold and each of many findings alike, too.")
  var verbose = false

  @Flag(help: "The report as JSON on standard output.")
  var json = false

  @Option(
    defaultAsFlag: "-",
    help: ArgumentHelp("The report as Markdown, for a comment on a pull request.", valueName: "file"))
  var markdown: String?

  @Option(
    defaultAsFlag: "-", help: ArgumentHelp("The report as one HTML page that needs nothing else.", valueName: "file"))
  var html: String?

  @Option(
    defaultAsFlag: "-",
    help: ArgumentHelp("Diagnostics, findings and failing conditions as SARIF 2.1.0.", valueName: "file"))
  var sarif: String?

  @Option(
    defaultAsFlag: "-",
    help: ArgumentHelp(
      "Checks, findings and conditions as test results (JUnit's XML), for a CI server.", valueName: "file"))
  var junit: String?

  func validate() throws {
    let names = artefacts.map(\.path)
    if names.count(where: { $0 == "-" }) + (json ? 1 : 0) > 1 {
      throw ValidationError(
        "Standard output takes one of --json, --markdown, --html, --sarif and --junit; give the others a file.")
    }
    if Set(names).count < names.count { throw ValidationError("Two renderings cannot be written into one file.") }
    if names.contains("") { throw ValidationError("A rendering needs the name of a file, or - for standard output.") }
  }
}

/// A form in which a report is written.
enum ReportForm {
  case json, markdown, html, sarif, junit

  func text(of report: Report) -> String {
    switch self {
    case .json: JSON.pretty(report.json) + "\n"
    case .markdown: MarkdownReport(report).text
    case .html: HTMLReport(report).text
    case .sarif: JSON.pretty(SARIFLog(report).json) + "\n"
    case .junit: JUnitReport(report).text
    }
  }
}

extension OutputOptions {
  /// What was asked for besides JSON, with the file that it goes to; `-` is standard output.
  var artefacts: [(form: ReportForm, path: String)] {
    let all: [(form: ReportForm, path: String?)] = [
      (.markdown, markdown), (.html, html), (.sarif, sarif), (.junit, junit),
    ]
    return all.compactMap { form, path in path.map { (form, $0) } }
  }

  /// What standard output holds instead of text for a terminal.
  var standardOutput: ReportForm? { json ? .json : artefacts.first { $0.path == "-" }?.form }
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

/// What commands that take a lease take.
struct LeaseOptions: ParsableArguments {
  @Option(
    name: .customLong("lease-wait"),
    help: ArgumentHelp("Seconds to wait while another run has the lease.", valueName: "seconds"))
  var wait = 0

  func validate() throws {
    guard (0...86_400).contains(wait) else { throw ValidationError("--lease-wait takes seconds from 0 to 86400.") }
  }
}

/// Which objects a plan is about.
struct SelectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only objects whose address matches, such as target.prod_*; may be given several times.", valueName: "pattern"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp("Not objects whose address matches; may be given several times.", valueName: "pattern"))
  var except: [String] = []

  var selection: Selection { Selection(only: only, except: except) }
}

/// Whose plans are applied.
struct SignatureOptions: ParsableArguments {
  @Flag(help: "Apply a plan file only if a trusted key signed it.")
  var requireSignature = false

  @Option(
    name: .customLong("trusted-key"),
    help: ArgumentHelp(
      "A file with a public key in PEM whose signature counts; may be given several times. Without it, the files that DECANT_TRUSTED_KEYS names, separated by colons, else ~/.config/decant/trusted-keys/*.pem.",
      valueName: "file"))
  var trusted: [String] = []

  var isRequired: Bool { requireSignature || !trusted.isEmpty }
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

/// What commands take that make or give out copies.
struct DryRunOptions: ParsableArguments {
  @Flag(help: "Say what would be done and what stands in the way, and write nothing anywhere.")
  var dryRun = false
}

/// What commands take that mask: masks are tried on a few rows of the source.
struct TrialOptionGroup: ParsableArguments {
  @OptionGroup var dry: DryRunOptions

  @Flag(help: "With --dry-run, show what is masked in clear beside its mask; on a terminal alone.")
  var showOriginals = false

  func validate() throws {
    if showOriginals, !dry.dryRun { throw ValidationError("--show-originals says something about --dry-run alone.") }
  }

  /// Clear values are for eyes: what is written to a file, a pipe or a log of a pipeline is kept and passed on, and so
  /// are reports in other forms. So they are shown on a terminal, and nowhere else.
  func trial(_ output: OutputOptions) throws(Failure) -> TrialOptions {
    guard showOriginals else { return TrialOptions() }
    guard Console.outputIsTerminal, output.standardOutput == nil, output.artefacts.isEmpty else {
      throw Failure(
        "show", "originals", cause: "they are shown on a terminal alone, because what is written elsewhere is kept",
        hint: "leave --show-originals out")
    }
    return TrialOptions(showsOriginals: true)
  }
}

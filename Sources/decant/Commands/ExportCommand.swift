import ArgumentParser
import Documents
import Reconciliation

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes what the control plane holds as a declaration.",
    discussion: """
      What is managed, or with --all what is unmanaged too; YAML, or JSON with --json. Passwords are references, as \
      everywhere.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Flag(help: "Unmanaged objects, too.")
  var all = false

  func run() throws {
    RecordsAsYAML(options: options, storing: storing).print { all || $0.isManaged }
  }
}

struct AdoptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt", abstract: "Writes the declaration that would adopt unmanaged objects.",
    discussion: """
      Put it into a file of the declaration, and the next plan shows `=`: the object is managed from that apply on, and \
      nothing of it changes. For example: decant adopt target.old_crm > old_crm.yaml
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Argument(help: "Addresses, such as target.old_crm.")
  var addresses: [String]

  func run() throws {
    RecordsAsYAML(options: options, storing: storing).print(named: addresses)
  }
}

/// Records of the control plane as a declaration on standard output.
private struct RecordsAsYAML {
  let options: GlobalOptions
  let storing: StoreOptions

  func print(_ isWanted: (Record) -> Bool) {
    finish("export") { records throws(Failure) in records.filter(isWanted) }
  }

  func print(named addresses: [String]) {
    finish("adopt") { records throws(Failure) in
      var found: [Record] = []
      for name in addresses { found.append(try unmanaged(name, among: records)) }
      return found
    }
  }

  private func unmanaged(_ name: String, among records: [Record]) throws(Failure) -> Record {
    guard let record = records.first(where: { $0.address.description == name }) else {
      let near = Suggestion.nearest(name, among: records.map(\.address.description))
      throw Failure(
        "adopt", name, cause: "the control plane has no such object", hint: near.map { "did you mean \($0)?" })
    }
    if record.isManaged { throw Failure("adopt", name, cause: "it is managed already") }
    return record
  }

  private func finish(_ command: String, _ choose: ([Record]) throws(Failure) -> [Record]) {
    var report = Report(command: command)
    do {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { Console.exit(complaining(about: report)) }
      let store = try stage.openStore(declaration, storing, writing: false)
      let chosen = try choose(records(in: store, of: declaration))
      let tree = tree(of: chosen, stage.catalogue)
      // A declaration may be JSON as well: YAML 1.2 reads it.
      Console.write(options.output.json ? JSON.pretty(tree) + "\n" : YAML.text(tree))
    } catch {
      report.error = error.description
      Console.exit(complaining(about: report))
    }
  }

  /// Why there is no declaration: to standard error, or as a report on standard output where JSON was asked for.
  private func complaining(about report: Report) -> ExitStatus {
    let renderer = Renderer(options.output)
    if options.output.json { Console.write(renderer.text(of: report)) }
    Console.write(renderer.complaint(of: report), toError: true)
    return report.exit
  }

  private func records(in store: any RecordStore, of declaration: Declaration) throws(Failure) -> [Record] {
    do {
      return try store.records(in: declaration.settings.workspace).filter { !$0.isDeleted }
    } catch { throw error.failure }
  }

  /// Under the sections of their kinds, each in its normal form.
  private func tree(of records: [Record], _ catalogue: Catalogue) -> Value {
    var sections = Fields()
    for record in records {
      guard let schema = catalogue.schema(of: record.address.kind) else { continue }
      var members = sections[schema.section]?.object ?? Fields()
      members[record.address.name] = schema.normalised(record.value)
      sections[schema.section] = .object(members)
    }
    return .object(sections)
  }
}

import ArgumentParser
import Documents
import Reconciliation

struct ShowCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows what the control plane holds, or a saved plan.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Flag(help: "Only objects that no declaration manages.")
  var unmanaged = false

  @Option(name: .customLong("plan"), help: ArgumentHelp("Show the plan in this file instead.", valueName: "plan-file"))
  var planFile: String?

  @Argument(help: "One object, by address, such as target.prod_users_api.")
  var address: String?

  var output: OutputOptions { options.output }

  func validate() throws {
    if planFile != nil, unmanaged || address != nil {
      throw ValidationError("--plan shows a saved plan, and nothing of the control plane.")
    }
  }

  func report() -> Report {
    var report = Report(command: "show")
    do {
      let stage = try Stage(options)
      if let planFile {
        try show(planFile, in: &report)
        return report
      }
      guard let declaration = stage.read(into: &report) else { return report }
      let store = try stage.openStore(declaration, storing, writing: false)
      report.controlPlane = store.title
      report.records = try records(in: store, of: declaration, stage.catalogue)
    } catch {
      report.error = error.description
    }
    return report
  }

  private func show(_ path: String, in report: inout Report) throws(Failure) {
    let bytes = try PlanStorage.read(path)
    do {
      let reading = try PlanFile.read(bytes)
      report.plan = reading.file.plan
      report.workspace = reading.file.plan.workspace
      report.controlPlane = reading.file.controlPlane.url
      report.seenAt = reading.file.plan.seenAt
      report.saved = SavedPlan(path: path, digest: reading.digest, signer: reading.signer?.id)
    } catch {
      report.refusal = error
    }
  }

  private func records(
    in store: any RecordStore, of declaration: Declaration, _ catalogue: Catalogue
  ) throws(Failure) -> [Record] {
    let all: [Record]
    do { all = try store.records(in: declaration.settings.workspace) } catch { throw error.failure }
    let live = all.filter { !$0.isDeleted && (!unmanaged || !$0.isManaged) }.map { $0.normalised(by: catalogue) }
    guard let address else { return live }
    guard let record = live.first(where: { $0.address.description == address }) else {
      let near = Suggestion.nearest(address, among: live.map(\.address.description))
      throw Failure(
        "show", address, cause: "the control plane has no such object", hint: near.map { "did you mean \($0)?" })
    }
    return [record]
  }
}

extension Record {
  /// With its spec in normal form, so that a password which somebody wrote there by hand is not shown.
  fileprivate func normalised(by catalogue: Catalogue) -> Record {
    guard let schema = catalogue.schema(of: address.kind) else { return self }
    var record = self
    record.spec = JSON.canonical(schema.normalised(value))
    return record
  }
}

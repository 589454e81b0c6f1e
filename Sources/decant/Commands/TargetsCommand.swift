import ArgumentParser
import Reconciliation

struct TargetsCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "targets", abstract: "Lists the targets of the control plane, and how old their copies are.",
    discussion: "What was applied counts, not what stands in files. --json gives the names that scripts read.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  var output: OutputOptions { options.output }

  func report() -> Report {
    TargetReading(options: options, storing: storing).report("targets") { report, reading throws(Failure) in
      report.targets = try reading.listings()
    }
  }
}

struct TargetCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "target", abstract: "Shows one target of the control plane with its snapshots.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Argument(help: "The target's name.")
  var name: String

  var output: OutputOptions { options.output }

  func report() -> Report {
    TargetReading(options: options, storing: storing).report("target") { report, reading throws(Failure) in
      report.target = try reading.listing(of: name)
    }
  }
}

/// Reads targets and snapshots out of the control plane that the declaration names.
struct TargetReading {
  let options: GlobalOptions
  let storing: StoreOptions

  struct Opened {
    let store: any SnapshotCatalogue
    let workspace: String

    func listings() throws(Failure) -> [TargetListing] {
      do {
        let records = try store.records(in: workspace).filter { $0.address.kind == "target" && !$0.isDeleted }
        let snapshots = try store.snapshots(of: nil, in: workspace)
        return records.map { TargetListing($0, snapshots) }
      } catch { throw error.failure }
    }

    /// A way of `sync` has snapshots and no record.
    func listing(of name: String) throws(Failure) -> TargetListing {
      let all = try listings()
      if let found = all.first(where: { $0.name == name }) { return found }
      let snapshots: [SnapshotRow]
      do { snapshots = try store.snapshots(of: nil, in: workspace) } catch { throw error.failure }
      if let found = TargetListing(withoutRecord: name, snapshots) { return found }
      let names = Set(all.map(\.name) + snapshots.map(\.target)).sorted()
      let near = names.isEmpty ? "nothing was applied yet" : "there: \(names.joined(separator: ", "))"
      throw Failure("show", name, cause: "the control plane has no such target", hint: near)
    }
  }

  func report(
    _ command: String, writing: Bool = false, _ use: (inout Report, Opened) throws(Failure) -> Void
  ) -> Report {
    var report = Report(command: command)
    do throws(Failure) {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let store = try stage.openStore(declaration, storing, writing: writing)
      report.controlPlane = store.title
      try use(&report, Opened(store: store, workspace: declaration.settings.workspace))
    } catch {
      report.error = error.description
    }
    return report
  }
}

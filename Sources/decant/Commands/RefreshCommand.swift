import ArgumentParser
import Reconciliation
import Runtime
import Snapshots

struct RefreshCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Makes masked copies anew, now.",
    discussion: """
      Reads the source under one snapshot, masks every row on its way, checks the copy in a quarantine database beside \
      the destination, and renames it over the destination when it is clean. A copy that fails is dropped, and the one \
      that was there stays as it was. `apply` does the same for every copy that is no longer as declared; this command \
      asks for it by name, and changes no record. After a failure that has left something to go on from, --resume does \
      the rest alone; docs/refresh.md says what that is. --dry-run says what would be done, tries the masks on a few rows, \
      and ends with 9 where something stands in the way.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var trying: TrialOptionGroup
  @OptionGroup var leasing: LeaseOptions

  @Argument(help: "Targets, by name or address.")
  var targets: [String]

  @Flag(help: "Go on from where the last run has left off, and say what is done again.")
  var resume = false

  var output: OutputOptions { options.output }

  func report() -> Report {
    let copying = CopyingByName(options: options, connecting: connecting, storing: storing, leaseWait: leasing.wait)
    if trying.dry.dryRun { return copying.rehearsal("refresh", targets, trying) }
    return copying.report("refresh", targets, resume ? .resumed : .anew)
  }
}

/// Plans the copies of targets that were named, and makes them: without a question, because naming them is consent.
struct CopyingByName {
  let options: GlobalOptions
  let connecting: ConnectionOptions
  let storing: StoreOptions
  let leaseWait: Int

  func report(_ command: String, _ targets: [String], _ manner: CopyWorld.Manner) -> Report {
    var report = Report(command: command)
    do {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let chosen = try declaration.targets(named: targets, for: command)
      let planner = planner(on: stage, chosen, manner)
      let consent = Consent(command: command, digest: nil, autoApprove: true, output: options.output)
      try consent.carryOut(by: planner, storing, leaseWait: leaseWait, &report)
    } catch {
      report.error = error.description
    }
    return report
  }

  /// What it would do.
  func rehearsal(_ command: String, _ targets: [String], _ trying: TrialOptionGroup) -> Report {
    var report = Report(command: command)
    do throws(Failure) {
      let trial = try trying.trial(options.output)
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let chosen = try declaration.targets(named: targets, for: command)
      let rehearsal = Rehearsal(planner: planner(on: stage, chosen, .anew), work: .refresh, trial: trial)
      try rehearsal.run(chosen.map(\.address), into: &report)
    } catch {
      report.error = error.description
    }
    return report
  }

  func planner(on stage: Stage, _ chosen: [Declared], _ manner: CopyWorld.Manner) -> Planner {
    var observing = ObserveOptions()
    observing.isOff = false
    observing.connecting = connecting
    var planner = Planner(
      stage: stage, observing: observing, storing: storing, allowDeletes: 0, selecting: chosen.asSelection)
    planner.refreshing = Set(chosen.map(\.address))
    planner.manner = manner
    return planner
  }
}

extension Declaration {
  /// The declared targets of these names or addresses, each once, in their order.
  func targets(named names: [String], for verb: String) throws(Failure) -> [Declared] {
    var chosen: [Declared] = []
    for name in names {
      let address = Address(name).flatMap { self[$0] == nil ? nil : $0 } ?? Address("target", name)
      guard let object = self[address] else {
        throw Failure(
          verb, name, cause: "it is not declared",
          hint: "declared targets: \(self.names(of: "target").joined(separator: ", "))")
      }
      guard object.address.kind == "target" else {
        throw Failure(verb, name, cause: "it is a \(object.address.kind), and only targets have copies")
      }
      if !chosen.contains(where: { $0.address == object.address }) { chosen.append(object) }
    }
    return chosen
  }
}

extension [Declared] {
  /// Patterns that match exactly these objects: names hold none of the characters that mean something in a pattern.
  var asSelection: Selection { Selection(only: map(\.address.description)) }
}

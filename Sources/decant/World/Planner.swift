import ControlPlane
import Documents
import Reconciliation
import Runtime
import Snapshots

/// Files and live world in, a plan in the report out: what `plan`, `apply` and `drift` share.
struct Planner {
  let stage: Stage
  let observing: ObserveOptions
  let storing: StoreOptions
  let allowDeletes: Int
  var selecting = Selection.everything
  /// Plans as if the files declared nothing, to remove everything.
  var keepsNothing = false
  /// Copies that were asked for by name: the plan then holds those alone.
  var refreshing: Set<Address>?
  /// How they are made.
  var manner = CopyWorld.Manner.anew
  /// Seconds to wait for a target that another run refreshes.
  var leaseWait = 0

  /// Means something else by the files than they say.
  var meaning: @Sendable (Declaration) throws(Failure) -> Declaration = { $0 }

  /// A plan with all that it was made by.
  struct Survey {
    let declaration: Declaration
    let store: any SnapshotCatalogue
    let ports: Ports
    let plan: Plan
  }

  /// The declaration, where a plan was made.
  func plan(into report: inout Report) -> Declaration? {
    guard let survey = survey(into: &report) else { return nil }
    report.plan = survey.plan
    return survey.declaration
  }

  /// Plans, and leaves it to the caller what becomes of the plan.
  func survey(into report: inout Report) -> Survey? {
    guard let read = stage.read(into: &report) else { return nil }
    do throws(Failure) {
      let declaration = keepsNothing ? Declaration(settings: read.settings, objects: []) : try meaning(read)
      let store = try stage.openStore(declaration, storing, writing: false)
      report.controlPlane = store.title
      let survey = try survey(declaration, store)
      if let unmet = survey.plan.partial?.unmet, !unmet.isEmpty {
        throw Failure("plan", "a part of the workspace", cause: unmet.joined(separator: "; "))
      }
      // What was not looked at because of Ctrl-C is unknown; a plan full of that helps nobody.
      guard !stage.interrupt.isRaised else {
        report.error = Stage.interruptedWhilePlanning
        return nil
      }
      report.seenAt = survey.plan.seenAt
      return survey
    } catch {
      report.error = error.description
      return nil
    }
  }

  private func survey(_ declaration: Declaration, _ store: any SnapshotCatalogue) throws(Failure) -> Survey {
    let moment: Timestamp
    let records: [Record]
    do {
      moment = try store.now()
      records = try store.records(in: declaration.settings.workspace)
    } catch { throw error.failure }
    try refuseUnmatched(declaration, records)
    let ports = ports(for: declaration, store, at: moment)
    let observation = look(at: declaration, records, ports)
    let plan = compare(
      declaration, with: observation, in: stage.catalogue, allowingDeletes: allowDeletes, selecting: selecting,
      refreshing: refreshing, isDestroying: keepsNothing)
    return Survey(declaration: declaration, store: store, ports: ports, plan: plan)
  }

  /// What was copied is put in place whatever has become of its source since.
  private func look(at declaration: Declaration, _ records: [Record], _ ports: Ports) -> Observation {
    guard manner != .publishing else { return Observation(at: ports.at, records: records, conditions: []) }
    let progress = Progress("observing", total: declaration.objects.count, isSilent: observing.isOff)
    defer { progress.end() }
    return observe(
      declaration, in: stage.catalogue, records: records, through: ports,
      atOnce: observing.isOff ? 1 : observing.connecting.connections, selecting: selecting,
      progress: { progress.step($0.address.description) })
  }

  /// A misspelled pattern would leave out what it was to name, or let in what it was to leave out.
  private func refuseUnmatched(_ declaration: Declaration, _ records: [Record]) throws(Failure) {
    let known = declaration.objects.map(\.address) + records.filter { !$0.isDeleted }.map(\.address)
    guard let pattern = selecting.unmatched(among: known).first else { return }
    let near = Suggestion.nearest(pattern, among: known.map(\.description)).map { "did you mean \($0)?" }
    throw Failure("select", pattern, cause: "it matches no declared object and none of the control plane", hint: near)
  }

  /// By the control plane's clock while planning, by ours while a plan is carried out.
  func ports(for declaration: Declaration, _ store: any SnapshotCatalogue, at moment: Timestamp? = nil) -> Ports {
    stage.ports(
      observing.isOff ? nil : observing.connecting, at: moment ?? SystemClock.now(),
      copies: stage.copies(
        store, declaration, observing.isOff ? nil : observing.connecting, leaseWait: leaseWait, manner))
  }
}

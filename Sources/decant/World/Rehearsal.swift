import ControlPlane
import Kinds
import Reconciliation
import Runtime
import Snapshots

/// What a refresh would do, without doing any of it: planned as if it were asked for, and then measured and tried.
struct Rehearsal {
  let planner: Planner
  let work: Preflight.Work
  let trial: TrialOptions

  /// - Parameter more: adds to what is said of a target.
  func run(
    _ addresses: [Address], into report: inout Report,
    _ more: (inout Preflight) -> Void = { _ in }
  ) throws(Failure) {
    guard let survey = planner.survey(into: &report) else { return }
    let snapshots = try survey.store.known(to: survey.declaration)
    var preflights: [Preflight] = []
    for address in addresses {
      guard let object = survey.declaration[address] else { continue }
      var preflight = try Target.refreshPreflight(
        work, of: object, in: survey.declaration, through: survey.ports, trial, snapshots)
      preflight.take(survey.plan, of: address)
      preflight.standInTheWay()
      more(&preflight)
      preflights.append(preflight)
    }
    if planner.stage.interrupt.isRaised { throw Failure("look at", "the targets", cause: "interrupted") }
    report.preflights = preflights
  }
}

extension SnapshotCatalogue {
  /// All snapshots of a workspace.
  func known(to declaration: Declaration) throws(Failure) -> [SnapshotRow] {
    do { return try snapshots(of: nil, in: declaration.settings.workspace) } catch { throw error.failure }
  }
}

import ControlPlane
import Documents
import Reconciliation
import Runtime

/// `apply FILE`: carries out a saved plan without reading the files again.
struct SavedPlanApply {
  let path: String
  let digest: String?
  let signing: SignatureOptions
  let options: GlobalOptions
  let storing: StoreOptions
  let connecting: ConnectionOptions
  let leaseWait: Int

  /// Goes from what costs nothing to what touches the control plane; only the last step writes.
  func run(into report: inout Report) {
    do {
      let stage = try Stage(options)
      let trusted = signing.isRequired ? try stage.trustedKeys(signing.trusted) : nil
      let reading = try read(trusting: trusted, &report)
      guard let reading else { return }
      let file = reading.file
      report.workspace = file.plan.workspace
      if let refusal = refusal(of: reading) {
        report.refusal = refusal
        return
      }
      report.plan = file.plan
      report.seenAt = file.plan.seenAt
      guard file.plan.brake.isEmpty else { return }
      try apply(file, on: stage, &report)
    } catch {
      report.error = error.description
    }
  }

  private func read(trusting trusted: [VerifyingKey]?, _ report: inout Report) throws(Failure)
    -> PlanFile.Reading?
  {
    let bytes = try PlanStorage.read(path)
    do { return try PlanFile.read(bytes, trusting: trusted) } catch {
      report.refusal = error
      return nil
    }
  }

  private func refusal(of reading: PlanFile.Reading) -> PlanRefusal? {
    let plan = reading.file.plan
    // What copies are made by is bound by the file's digest alone.
    if let digest, digest != reading.digest, digest != plan.digest || !plan.refreshes.isEmpty {
      return .otherDigest(expected: digest, plan: plan.digest, file: reading.digest)
    }
    if let asked = options.workspace, asked != plan.workspace {
      return .otherWorkspace(planned: plan.workspace, asked: asked)
    }
    return nil
  }

  private func apply(_ file: PlanFile, on stage: Stage, _ report: inout Report) throws(Failure) {
    let place = Declaration(
      settings: Settings(workspace: file.plan.workspace, controlPlane: file.controlPlane.url), objects: [])
    guard try isForThis(try stage.openStore(place, storing, writing: false), file, &report) else { return }
    guard file.plan.actions.contains(where: { $0.blockedBy.isEmpty }) else { return }
    let store = try stage.openStore(place, storing, writing: true)
    report.controlPlane = store.title
    let applying = stage.applying(to: store, leaseWait: leaseWait)
    let declaration = file.declaration()
    let ports = stage.ports(
      connecting, at: SystemClock.now(), copies: stage.copies(store, declaration, connecting, leaseWait: leaseWait))
    stage.carryOut(&report) { progress in
      var result = applying.apply(file, progress: progress)
      let refreshing = Refreshing(file.plan) { action in
        newer(action, than: file.plan, in: store) ?? stage.refresh(action, in: declaration, through: ports)
      }
      refreshing.run(after: &result, progress: progress)
      return result
    }
  }

  /// A plan is applied once. That its copy was made says the snapshot catalogue.
  private func newer(_ action: Action, than plan: Plan, in store: any SnapshotCatalogue) -> CopyResult? {
    let rows: [SnapshotRow]
    do { rows = try store.snapshots(of: action.address.name, in: plan.workspace) } catch {
      return .failed(error.description, hint: nil)
    }
    guard let row = rows.first(where: { $0.state == .published && $0.startedAt > plan.seenAt }) else { return nil }
    return .failed(
      "its copy was made anew by \(row.actor) at \(row.startedAt), after this plan was made",
      hint: "Plan again, or ask for another copy with: decant refresh \(action.address.name)")
  }

  /// A control plane that is to be there and is not would be made by opening it; so it is looked at first.
  private func isForThis(_ store: any RecordStore, _ file: PlanFile, _ report: inout Report) throws(Failure) -> Bool {
    report.controlPlane = store.title
    let identity: String?
    do { identity = try store.identity() } catch { throw error.failure }
    guard let planned = file.controlPlane.identity, planned != identity else { return true }
    report.plan = nil
    report.refusal = .otherControlPlane(title: store.title)
    return false
  }
}

extension Stage {
  func applying(to store: any RecordStore, leaseWait: Int) -> Applying {
    Applying(
      store: store, actor: Environment.actor, run: run, leaseWait: .seconds(leaseWait), interrupt: interrupt
    ) { lease in
      Console.write("waiting for \(Text.shown(lease.holder)), who is changing the workspace\n", toError: true)
    }
  }

  /// Applies, and says of each action what became of it as it comes.
  func carryOut(_ report: inout Report, _ apply: (@escaping (Outcome) -> Void) -> ApplyResult) {
    let renderer = Renderer(options.output)
    let heading = renderer.applyHeading(of: report)
    if !heading.isEmpty { Console.write(heading) }
    let clock = ContinuousClock()
    let began = clock.now
    report.result = apply { outcome in
      let line = renderer.line(of: outcome)
      if !line.isEmpty { Console.write(line) }
    }
    report.applyDuration = clock.now - began
  }
}

import ArgumentParser
import Reconciliation

struct SnapshotsCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshots", abstract: "Lists a target's snapshots, and keeps some from retention.",
    discussion: """
      The number in front is what `load` takes; it moves with the next snapshot, the id does not. A snapshot without an \
      archive cannot be loaded and has none. `pin ID` keeps one \
      until `unpin ID`, whatever refresh.retain says.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Argument(help: "The target's name.")
  var target: String

  @Argument(help: "pin or unpin.")
  var change: PinChange?

  @Argument(help: "The snapshot: a number, an id, or its first characters.")
  var snapshot: String?

  @Option(help: ArgumentHelp("Why it is kept.", valueName: "text"))
  var reason: String?

  @Flag(name: .customLong("local"), help: "What was pulled into this machine; no control plane is asked.")
  var isLocal = false

  @OptionGroup var local: LocalOptions

  var output: OutputOptions { options.output }

  enum PinChange: String, ExpressibleByArgument, CaseIterable {
    case pin, unpin
  }

  func validate() throws {
    if isLocal, change != nil { throw ValidationError("Only what the control plane knows can be pinned.") }
    if change != nil, snapshot == nil { throw ValidationError("Say which snapshot: snapshots TARGET pin ID.") }
    if change == .pin, (reason ?? "").isEmpty {
      throw ValidationError("A pinned snapshot stays for ever; say why with --reason.")
    }
    if change != .pin, reason != nil { throw ValidationError("--reason belongs to pin.") }
  }

  func report() -> Report {
    isLocal ? localReport() : knownReport()
  }

  private func localReport() -> Report {
    var report = Report(command: "snapshots")
    do throws(Failure) {
      let stage = try Stage(options)
      report.pulled = try local.pulled(of: target, in: local.store(stage.interrupt))
    } catch {
      report.error = error.description
    }
    return report
  }

  private func knownReport() -> Report {
    TargetReading(options: options, storing: storing).report("snapshots", writing: change != nil) {
      report, opened throws(Failure) in
      let listing = try opened.listing(of: target)
      guard let change, let snapshot else { return report.target = listing }
      try Pinning(opened: opened, target: target).carryOut(change, on: try row(snapshot, listing), reason ?? "")
      report.target = try opened.listing(of: target)
    }
  }

  /// The kind does not matter for keeping one, so that a number alone means a sanitized one.
  private func row(_ reference: String, _ listing: TargetListing) throws(Failure) -> SnapshotRow {
    do { return try listing.snapshots.named(reference, .sanitized, of: target) } catch {
      if let raw = try? listing.snapshots.named(reference, .raw, of: target), reference.utf8.count >= 4 { return raw }
      throw Failure("find", reference, cause: error.description)
    }
  }
}

/// Pins under the workspace's lease, so that a running refresh does not stand in the way.
private struct Pinning {
  let opened: TargetReading.Opened
  let target: String

  func carryOut(_ change: SnapshotsCommand.PinChange, on row: SnapshotRow, _ reason: String) throws(Failure) {
    let context = WriteContext(workspace: opened.workspace, actor: Environment.actor, plan: "", run: Run.newID())
    let write: SnapshotWrite =
      change == .pin ? .pin(target: target, row.id, reason: reason) : .unpin(target: target, row.id)
    do throws(RecordStoreError) {
      let lease = try opened.store.acquireLease(
        "workspace/\(opened.workspace)", holder: "\(context.actor) (run \(context.run))", timeToLive: .seconds(10))
      defer { try? opened.store.release(lease) }
      try opened.store.intend([write], as: context, under: lease)
      if case .conflict? = try opened.store.enter([write], as: context, under: lease).first {
        throw .failed(Failure(change.rawValue, row.id.description, cause: "it changed meanwhile"))
      }
    } catch {
      throw error.failure
    }
  }
}

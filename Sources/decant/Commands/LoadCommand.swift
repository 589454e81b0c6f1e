import ArgumentParser
import ControlPlane
import Documents
import Kinds
import Reconciliation
import Runtime
import Snapshots

struct LoadCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Loads a sanitized snapshot into a database.",
    discussion: """
      Without --to, into the target's own destination. The archive is restored into a database beside it, every file \
      of it verified, and takes its place by a rename; until then, and where anything fails, what was there stays as it \
      was. Nothing is ever loaded over a source, or over an environment with `readonly: true`. Where no sanitized \
      snapshot is kept, nothing is loaded instead: a raw one is given out with --original alone. --offline loads what `pull` has brought \
      here, and asks nobody but the destination.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var connecting: ConnectionOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var dry: DryRunOptions

  @Argument(help: "The target's name.")
  var target: String

  @Argument(help: "The snapshot: 0 for the newest, 1 for the one before it, an id, or its first characters.")
  var snapshot = "0"

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp(
      "postgresql://user:${PASSWORD}@host/database; a password only by a variable.", valueName: "url"))
  var destination: String?

  @Flag(help: "What was pulled before, without control plane and store.")
  var offline = false

  @Flag(help: "A raw snapshot, with everything personal in it; only where the target declares a place for such.")
  var original = false

  @Flag(help: "End sessions that are connected to the database which is replaced.")
  var disconnect = false

  @Flag(name: .shortAndLong, help: "Replace the database of --to, or load with --original, without a question.")
  var yes = false

  @OptionGroup var local: LocalOptions
  @OptionGroup var leasing: LeaseOptions

  var output: OutputOptions { options.output }

  func validate() throws {
    if original, offline { throw ValidationError("Raw snapshots are never pulled, so there is none to load offline.") }
  }

  func report() -> Report {
    let working = SnapshotWorking(options: options, connecting: connecting, storing: storing, leaseWait: leasing.wait)
    if dry.dryRun { return working.rehearsal("load", target, rehearse) }
    return
      working
      .report("load", target) { site throws(Failure) in
        let ports = site.stage.ports(connecting, at: SystemClock.now())
        let order = try Target.loadOrder(
          of: site.object, in: site.declaration, through: ports, to: destination, disconnects: disconnect)
        try consent(to: order, site.stage)
        if offline {
          let store = local.store(site.stage.interrupt)
          let manifest = try local.pulled(snapshot, of: site.name, in: store).manifest
          return site.worker.load(pulled: manifest, from: store, order)
        }
        if original {
          _ = try Target.rawOrder(of: site.object, in: site.declaration, through: ports)
          let secret = try Target.sealingSecret(in: site.declaration, through: ports)
          let (catalogue, row) = try site.row(snapshot, .raw)
          return site.worker.load(row, order, openedWith: secret, recordedIn: catalogue)
        }
        let (catalogue, row) = try site.sanitized(snapshot)
        return site.worker.load(row, order, recordedIn: catalogue)
      }
  }

  private func rehearse(_ site: SnapshotWorking.Site) throws(Failure) -> Preflight {
    let store: any SnapshotCatalogue =
      offline ? MemoryStore(title: "none", identity: nil) : try site.catalogue(writing: false)
    let ports = try site.asking(connecting, store)
    let order = try Target.loadOrder(
      of: site.object, in: site.declaration, through: ports, to: destination, disconnects: disconnect)
    if offline {
      let store = local.store(site.stage.interrupt)
      let manifest = try local.pulled(snapshot, of: site.name, in: store).manifest
      let looked = site.worker.outlook(pulled: manifest, from: store, order)
      return try LoadRehearsal(order: order, kind: manifest.kind, id: manifest.snapshot, ports: ports)
        .preflight(of: site.object, looked, [])
    }
    if original { _ = try Target.rawOrder(of: site.object, in: site.declaration, through: ports) }
    let (_, row) = try site.row(snapshot, original ? .raw : .sanitized, writing: false)
    return try LoadRehearsal(order: order, kind: row.kind, id: row.id, ports: ports)
      .preflight(of: site.object, site.worker.outlook(row, order), try store.known(to: site.declaration))
  }

  /// What is declared may be replaced, as a refresh does; what somebody names may be a slip of the pen.
  private func consent(to order: LoadOrder, _ stage: Stage) throws(Failure) {
    guard destination != nil && !order.isOwnDestination || original, !yes else { return }
    let title = order.destination.title
    guard Console.inputIsTerminal, Console.outputIsTerminal, output.standardOutput == nil else {
      throw Failure(
        "load", title,
        cause: original ? "what is personal would lie in it in clear" : "it would be replaced where it exists",
        hint: "say --yes")
    }
    Console.write(
      "Replace \(Text.shown(title)), if it exists\(original ? ", with a raw snapshot" : "")? Only `yes` is taken for yes: "
    )
    guard Console.answer(unless: stage.interrupt) == "yes" else {
      throw Failure("load", title, cause: "the answer was not `yes`")
    }
  }
}

/// What a load would do.
private struct LoadRehearsal {
  let order: LoadOrder
  let kind: SnapshotRow.Kind
  let id: SnapshotID
  let ports: Ports

  func preflight(
    of object: Declared, _ looked: Result<LoadOutlook, WorkFailure>, _ snapshots: [SnapshotRow]
  ) throws(Failure) -> Preflight {
    let outlook: LoadOutlook
    switch looked {
    case .success(let found): outlook = found
    case .failure(let failure): throw Failure("load", object.address.name, cause: failure.sentence)
    }
    var preflight = Target.loadPreflight(
      of: object, into: order, from: "\(kind.rawValue) snapshot \(id)", through: ports, snapshots,
      refused: outlook.refused)
    preflight.snapshot = id.description
    (preflight.tableCount, preflight.rows) = (outlook.tables, outlook.rows)
    preflight.bytes = outlook.databaseBytes ?? outlook.archiveBytes
    // Of a raw one nobody has measured the database.
    preflight.space = outlook.databaseBytes.map { bytes in
      CopySpace(
        tables: bytes, indexes: 0, present: outlook.presentBytes ?? (preflight.standing == .absent ? 0 : nil),
        budget: order.options["disk_budget"]?.string.flatMap(ByteCount.bytes), archive: outlook.archiveBytes)
    }
    preflight.warnings += [outlook.unseen].compactMap { $0 }
    if !outlook.occupants.isEmpty, !order.disconnects {
      preflight.warnings.append(
        "others are connected to it, and a load waits for them to go: \(outlook.occupants.joined(separator: "; ")); --disconnect ends their sessions"
      )
    }
    return preflight
  }
}

/// Where pulled snapshots lie.
struct LocalOptions: ParsableArguments {
  @Option(
    name: .customLong("into"),
    help: ArgumentHelp(
      "The folder of pulled snapshots; without it, ~/.cache/decant/snapshots.", valueName: "folder"))
  var folder: String?
}

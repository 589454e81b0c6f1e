public import Reconciliation

extension Target {
  /// What a refresh of the target would do; the conditions are the plan's to say.
  public static func refreshPreflight(
    _ work: Preflight.Work, of object: Declared, in declaration: Declaration, through ports: Ports,
    _ options: TrialOptions, _ snapshots: [SnapshotRow]
  ) throws(Failure) -> Preflight {
    let order = try copyOrder(of: object, in: declaration, through: ports, for: work.rawValue)
    var preflight = Preflight(
      work, of: TargetListing(object, snapshots), from: order.source.title, to: order.destination.title)
    preflight.standing = try? ports.copies.standing(order)
    let forecast = ports.copies.forecast(order, options)
    preflight.take(forecast)
    if let bytes = (try? forecast.get())?.scratchBytes, let title = order.scratch?.title {
      preflight.scratch = .init(title: title, bytes: bytes)
    }
    if let rights = try? ports.copies.rights(order) {
      // A scratch server that nothing runs on is not looked at.
      let scratch = preflight.scratch == nil ? nil : rights.scratch
      preflight.rights = [rights.source, rights.destination] + [scratch].compactMap { $0 }
    }
    preflight.paceNote = preflight.pace == nil ? Sentence.neverMeasured : nil
    return preflight
  }

  /// What a raw snapshot would be.
  public static func buildPreflight(
    of object: Declared, in declaration: Declaration, through ports: Ports, _ snapshots: [SnapshotRow]
  ) throws(Failure) -> Preflight {
    let order = try rawOrder(of: object, in: declaration, through: ports)
    var preflight = Preflight(
      .build, of: TargetListing(object, snapshots), from: order.source.title,
      to: "storage_profile.\(order.storage?.profile ?? "")")
    preflight.take(ports.copies.forecast(order, TrialOptions(rows: 0)))
    for index in preflight.columns.indices {
      (preflight.columns[index].isUncovered, preflight.columns[index].strategy) = (false, "encrypted")
    }
    // No database is made, so that nothing but the archive takes up room.
    (preflight.space, preflight.sessions) = (nil, nil)
    if let rights = try? ports.copies.rights(order) { preflight.rights = [rights.source] }
    if let end = source(of: object, in: declaration, ports) {
      let selection = schemas(of: object)
      let seen = ports.databases.look(at: order.source, and: nil, schemas: selection)
      preflight.take(
        TargetView(object: object, at: ports.at).source(end, seen.source, selection), waivedBy: object.waivers,
        on: ports.at.date)
    }
    preflight.standInTheWay()
    preflight.paceNote = preflight.pace == nil ? Sentence.neverMeasured : nil
    preflight.warnings.append(Sentence.nothingMasked)
    return preflight
  }

  /// What a sanitized snapshot of a stored raw one would be. The raw one is sealed: its rules are tried on the source as
  /// it is now, as long as that has the snapshot's schema.
  public static func sanitizePreflight(
    of object: Declared, _ raw: SnapshotRow, in declaration: Declaration, through ports: Ports,
    _ options: TrialOptions, _ snapshots: [SnapshotRow]
  ) throws(Failure) -> Preflight {
    var order = try copyOrder(of: object, in: declaration, through: ports, for: "sanitize")
    let scratch = try scratchServer(of: object, in: declaration, through: ports)
    guard let storage = order.storage else {
      throw Failure("sanitize", object.address.name, cause: "no sanitize.storage_profile is declared")
    }
    var preflight = Preflight(
      .sanitize, of: TargetListing(object, snapshots), from: "raw snapshot \(raw.id)",
      to: "storage_profile.\(storage.profile)")
    var study: CopyStudy?
    if case .success(let forecast) = ports.copies.forecast(order, options) {
      if forecast.study.schemaFingerprint == raw.draft.schemaFingerprint {
        preflight.take(forecast)
        study = forecast.study
      } else {
        preflight.warnings.append(Sentence.otherSchema)
      }
    } else {
      preflight.warnings.append(Sentence.sourceOutOfReach)
    }
    // Of the destination nothing is replaced; the scratch database holds the raw snapshot whole.
    (preflight.snapshot, preflight.space, preflight.sessions) = (raw.id.description, nil, nil)
    if study != nil, let bytes = preflight.bytes { preflight.scratch = .init(title: scratch.title, bytes: bytes) }
    (preflight.tableCount, preflight.rows) = (raw.content?.tables, raw.content?.rows)
    preflight.bytes = raw.content?.bytes
    preflight.pace = CopyPace(of: snapshots, .sanitized, target: object.address.name)
    preflight.paceNote = preflight.pace == nil ? Sentence.neverMeasured : Sentence.restoreIsNotIn
    // Of the server alone: the scratch database is made anew.
    order.destination = scratch
    if let rights = try? ports.copies.rights(order) { preflight.rights = [rights.destination] }
    let path = order.scratch == nil ? "snapshot.dst_url" : "sanitize.dst_url"
    let seen = ports.databases.look(at: nil, and: scratch, schemas: schemas(of: object))
    let view = TargetView(object: object, at: ports.at, isKeptFresh: true)
    let server = view.destination(End(path: path, endpoint: .success(scratch)), seen.destination, isSource: true)
      .filter { $0.code != "destination_exists" }
    preflight.take(
      server + (study?.notes ?? []).map { condition(of: $0, on: object) }, waivedBy: object.waivers, on: ports.at.date)
    preflight.standInTheWay()
    return preflight
  }

  /// What a load would replace. What is known of the snapshot is the caller's to say.
  public static func loadPreflight(
    of object: Declared, into order: LoadOrder, from source: String, through ports: Ports, _ snapshots: [SnapshotRow],
    refused: String?
  ) -> Preflight {
    var preflight = Preflight(
      .load, of: TargetListing(object, snapshots), from: source, to: order.destination.title)
    let asked = CopyOrder(
      workspace: order.workspace, target: order.target, source: order.destination, destination: order.destination,
      options: order.options, policyDigest: "")
    preflight.standing = try? ports.copies.standing(asked)
    if let rights = try? ports.copies.rights(asked) { preflight.rights = [rights.destination] }
    let path = order.isOwnDestination ? "snapshot.dst_url" : "--to"
    let seen = ports.databases.look(at: nil, and: order.destination, schemas: schemas(of: object))
    let view = TargetView(object: object, at: ports.at, isKeptFresh: true)
    var conditions = view.destination(
      End(path: path, endpoint: .success(order.destination)), seen.destination, isSource: false)
    if let refused {
      conditions.append(
        Condition(
          "same_source_and_destination", .error, object.address, at: path, .fails(refused), isWaivable: false))
    }
    preflight.take(conditions, waivedBy: object.waivers, on: ports.at.date)
    preflight.standInTheWay()
    preflight.paceNote = Sentence.loadsAreNotMeasured
    return preflight
  }
}

extension Preflight {
  /// Takes a forecast, or says why there is none.
  fileprivate mutating func take(_ forecast: Result<CopyForecast, DatabaseFailure>) {
    switch forecast {
    case .success(let forecast): take(forecast)
    case .failure(let failure): warnings.append("\(failure.subject): \(failure.message)")
    }
  }

  /// A right that is known to be missing stands in the way like the condition that is about it.
  public mutating func standInTheWay() {
    for side in rights where side.rights.contains(where: { $0.isMissing == true }) {
      let code =
        side.database == source
        ? "source_readable"
        : side.database == destination ? "destination_role_cannot_publish" : "scratch_role_cannot_create"
      if !blockedBy.contains(code) { blockedBy.append(code) }
    }
    blockedBy.sort()
  }
}

/// What is said beside the figures.
private enum Sentence {
  static let neverMeasured = "no complete snapshot of this target was measured yet"
  static let restoreIsNotIn = "of the masking; restoring the raw snapshot before it was never measured"
  static let loadsAreNotMeasured = "how long loads take is not written down"
  static let nothingMasked = "a raw snapshot masks nothing: it is encrypted, and given out with --original alone"
  static let otherSchema =
    "the source has not the schema of the snapshot any more, so that rules and masks could not be tried on it"
  static let sourceOutOfReach = "the source could not be asked, so that rules and masks could not be tried on it"
}

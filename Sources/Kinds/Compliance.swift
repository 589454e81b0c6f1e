import Documents
public import Reconciliation

extension ComplianceReport {
  /// From what the control plane holds.
  ///
  /// - Parameters:
  ///   - records: of the workspace; what was deleted is left out here.
  ///   - tls: the mode that every connection has to ask for at least; nothing where none is asked for.
  ///   - proof: the file of a target's snapshot.
  public init(
    of records: [Record], _ snapshots: [SnapshotRow], at moment: Timestamp, requiring tls: String?,
    proof: (_ target: String, _ snapshot: String) -> Proof?
  ) {
    let live = records.filter { !$0.isDeleted }.sorted { $0.address < $1.address }
    let specs = Dictionary(live.map { ($0.address, $0.value) }) { first, _ in first }
    let listings = live.filter { $0.address.kind == "target" }.map { TargetListing($0, snapshots) }
    let targets = listings.map { listing -> Target in
      var target = Target(listing, specs, at: moment, requiring: tls)
      let evidence = target.snapshot.flatMap { proof(listing.name, $0.id) }
      target.snapshot?.proof = evidence
      return target
    }
    let waivers = live.flatMap { record in
      Waiver.all(in: record.value).map { WaivedCode(record.address, $0, isExpired: $0.isExpired(on: moment.date)) }
    }
    self.init(
      at: moment, targets: targets, groups: Group.all(opening: targets, specs, on: moment.date), waivers: waivers)
  }
}

extension ComplianceReport.Target {
  fileprivate init(
    _ listing: TargetListing, _ specs: [Address: Value], at moment: Timestamp, requiring tls: String?
  ) {
    let spec = specs[Address("target", listing.name)] ?? .object(Fields())
    let policy = listing.policy.flatMap { specs[Address("sanitization", $0)] }
    let maxAge = spec["refresh", "max_age"]?.string
    let newest = listing.snapshots.latest(.sanitized, of: listing.name)
    self.init(
      name: listing.name,
      source: listing.sourceURL ?? spec["source", "environment"]?.string.map { "environment.\($0)" },
      policy: listing.policy, isMaskedBySQL: listing.overrideQuery != nil,
      isMasked: listing.overrideQuery != nil || policy.map { Sanitization.masks($0) } ?? false, groups: listing.groups,
      sourceTLS: Self.mode(of: spec, "src_url", "source", specs),
      destinationTLS: Self.mode(of: spec, "dst_url", "destination", specs), maxAge: maxAge,
      snapshot: newest.map(ComplianceReport.Snapshot.init))
    isOverdue =
      maxAge.flatMap(DurationText.seconds).map { limit in
        newest.map { Int(moment.since($0.id.moment).components.seconds) > limit } ?? true
      } ?? false
    guard let tls else { return }
    weakEnds = [("source", sourceTLS), ("destination", destinationTLS)].compactMap { end, mode in
      mode.flatMap { TLSMode.isWeaker($0, than: tls) ? "\(end) asks for sslmode=\($0), and \(tls) is required" : nil }
    }
  }

  private static func mode(of spec: Value, _ url: String, _ block: String, _ specs: [Address: Value]) -> String? {
    if let text = spec["snapshot", url]?.string { return TLSMode.mode(ofURL: text) }
    guard let name = spec[block, "environment"]?.string else { return nil }
    return specs[Address("environment", name)].flatMap { TLSMode.mode(ofEnvironment: $0) }
  }
}

extension ComplianceReport.Snapshot {
  fileprivate init(_ row: SnapshotRow) {
    self.init(
      id: row.id.description, instant: row.id.moment, isPublished: row.state == .published,
      policyDigest: row.draft.policyDigest, keyID: row.draft.keyID, verification: row.content?.verification, proof: nil)
  }
}

extension ComplianceReport.Group {
  /// Those that are declared, and those that targets name.
  fileprivate static func all(
    opening targets: [ComplianceReport.Target], _ specs: [Address: Value], on day: CalendarDate
  ) -> [Self] {
    let declared = specs.keys.filter { $0.kind == "sso_group" }.map(\.name)
    return Set(declared + targets.flatMap(\.groups)).sorted().map { name in
      let spec = specs[Address("sso_group", name)]
      let last = spec?["expires_at"]?.string.flatMap(CalendarDate.init)
      return Self(
        name: name, description: spec?["description"]?.string, expiresAt: last,
        isExpired: last.map { $0 < day } ?? false, isDeclared: spec != nil,
        targets: targets.filter { $0.groups.contains(name) }.map(\.name))
    }
  }
}

import Documents

/// A target as those see it who load its copies: from its record and the snapshot catalogue, without any declaration.
///
/// The field names of the JSON are read by scripts (`targets --json`, `target NAME --json`) and do not change.
public struct TargetListing: Sendable, Hashable {
  public let name: String
  /// A set, sorted.
  public let groups: [String]
  /// Without a password, also without the reference to one.
  public let sourceURL: String?
  public let overrideQuery: String?
  public let policy: String?
  /// The newest first; all states.
  public let snapshots: [SnapshotRow]
  /// Nothing but its snapshots is known: `sync` has made it for its runs, or its record is gone.
  public let isWithoutRecord: Bool

  /// - Parameter snapshots: of the whole workspace.
  public init(_ record: Record, _ snapshots: [SnapshotRow]) { self.init(record.address, record.value, snapshots) }

  /// As the files have it.
  public init(_ object: Declared, _ snapshots: [SnapshotRow]) { self.init(object.address, object.spec, snapshots) }

  /// Of which there are snapshots, and no record. Nothing where there are none.
  public init?(withoutRecord name: String, _ snapshots: [SnapshotRow]) {
    guard snapshots.contains(where: { $0.target == name }) else { return nil }
    self.init(Address("target", name), .null, snapshots, isWithoutRecord: true)
  }

  private init(_ address: Address, _ spec: Value, _ snapshots: [SnapshotRow], isWithoutRecord: Bool = false) {
    name = address.name
    self.isWithoutRecord = isWithoutRecord
    groups = (spec["sso_groups"]?.list?.compactMap(\.string) ?? []).sorted()
    sourceURL = spec["snapshot", "src_url"]?.string.map { text in
      (try? ConnectionURL(text))?.withoutPassword.normalForm ?? ""
    }
    overrideQuery = spec["sanitize", "override_query"]?.string
    policy = spec["sanitize", "policy"]?.string
    self.snapshots = snapshots.filter { $0.target == address.name }.newestFirst
  }

  /// The instant of the source that the newest sanitized snapshot shows, of those that are complete.
  public var lastSnapshot: Timestamp? { snapshots.latest(.sanitized, of: name)?.id.moment }

  var json: Fields {
    var snapshot = Fields()
    snapshot["src_url"] = sourceURL.map { .string($0) } ?? .null
    var sanitize = Fields()
    sanitize["override_query"] = overrideQuery.map { .string($0) } ?? .null
    sanitize["policy"] = policy.map { .string($0) } ?? .null
    return [
      "name": .string(name), "sso_groups": .list(groups.map(Value.string)),
      "last_snapshot_date": lastSnapshot.map { .string($0.description) } ?? .null, "snapshot": .object(snapshot),
      "sanitize": .object(sanitize),
    ]
  }
}

extension SnapshotRow {
  var json: Value {
    var fields: Fields = [
      "id": .string(id.description), "target": .string(target), "kind": .string(kind.rawValue),
      "state": .string(state.rawValue), "started_at": .string(startedAt.description), "actor": .string(actor),
      "run": .string(run),
    ]
    fields["finished_at"] = finishedAt.map { .string($0.description) }
    fields["milliseconds"] = duration.map { .integer($0.wholeMilliseconds) }
    fields["storage_profile"] = draft.storageProfile.map { .string($0) }
    fields["location"] = draft.location.map { .string($0) }
    fields["policy"] = draft.policyDigest.map { .string($0) }
    fields["schema"] = draft.schemaFingerprint.map { .string($0) }
    fields["key"] = draft.keyID.map { .string($0) }
    fields["content"] = content.map(\.json)
    fields["published"] = publication.map { place in
      ["database": .string(place.databaseName), "at": .string(place.at.description)]
    }
    fields["failure"] = failure.map { .string($0) }
    fields["pinned"] = pin.map { pin in
      ["by": .string(pin.by), "reason": .string(pin.reason), "at": .string(pin.at.description)]
    }
    return .object(fields)
  }
}

extension SnapshotContent {
  fileprivate var json: Value {
    var fields: Fields = [
      "tables": .integer(tables), "rows": .integer(rows), "bytes": .integer(bytes),
      "verification": .string(verification.result.rawValue),
      "parts": .list(
        parts.map { part in
          ["name": .string(part.name), "bytes": .integer(part.bytes), "sha256": .string(part.sha256)]
        }),
    ]
    fields["database_bytes"] = databaseBytes.map { .integer($0) }
    return .object(fields)
  }
}

public import Documents

/// What would have to be done so that the live world is as declared.
public struct Plan: Sendable, Hashable {
  public let workspace: String
  public let seenAt: Timestamp
  /// Creates, updates, replaces and adoptions in the order of the catalogue, then deletions in the opposite order.
  public let actions: [Action]
  /// What somebody else changed since the last apply.
  public let drift: [Drift]
  public let findings: [Finding]
  public let conditions: [Condition]
  public let unmanaged: [Address]
  public let unchanged: Int
  /// Empty: the brake does not hold the plan.
  public let brake: [Brake.Reason]
  /// Over actions, fingerprints and specs: the same plan has the same digest on another machine.
  public let digest: String
  /// Where only some objects were asked for.
  public var partial: PartialPlan?

  /// The digest that the same plan has where databases are not looked at (`--no-observe`), so that no schema of a source is
  /// bound: who reviewed that one reviewed all that it could hold.
  public var digestWithoutSources: String {
    let unseen = actions.map { action in
      var action = action
      action.source = nil
      return action
    }
    return PlanDigest.of(unseen, workspace: workspace, partial?.selection ?? Selection())
  }

  /// What changes records.
  public var changes: [Action] { actions.filter { $0.verb != .refresh } }
  /// What makes copies anew.
  public var refreshes: [Action] { actions.filter { $0.verb == .refresh } }
  public var blocked: [Action] { actions.filter { !$0.blockedBy.isEmpty } }
  /// What blocks an action, in the words of the conditions and findings. Of what it depends on, those of that object.
  func obstacles(to action: Action) -> [String] {
    guard !action.blockedBy.isEmpty else { return [] }
    let isMeant = { (address: Address, code: String) in
      address == action.address && action.blockedBy.contains(code) || action.blockedBy.contains(address.description)
    }
    let failing = conditions.filter { condition in
      isMeant(condition.address, condition.code) && condition.severity == .error && condition.waiver == nil
        && (condition.isFailing || condition.isUnknown)
    }
    let said = failing.map { condition in (condition.path.map { "\($0): " } ?? "") + (condition.message ?? "") }
    return findings.filter { isMeant($0.address, $0.code) && $0.blocks }.map(\.message) + said
  }

  public func count(_ verb: Action.Verb) -> Int { actions.count { $0.verb == verb } }
}

/// One thing to do with one object. A target may have two: its record is changed, and its copy is made anew.
public struct Action: Sendable, Hashable {
  public enum Verb: String, Sendable, Hashable, CaseIterable {
    case create, update, replace, delete, refresh, adopt

    public var symbol: String {
      switch self {
      case .create: "+"
      case .update: "~"
      case .replace: "±"
      case .delete: "-"
      case .refresh: "»"
      case .adopt: "="
      }
    }
  }

  /// Why; there are no others.
  public enum Reason: String, Sendable, Hashable, CaseIterable {
    case newInFiles = "new_in_files"
    case changedInFiles = "changed_in_files"
    case drifted
    case changedInFilesAndDrifted = "changed_in_files_and_drifted"
    case removedFromFiles = "removed_from_files"
    /// `destroy` removes what the files still declare.
    case destroyed
    case deletedOutside = "deleted_outside"
    case declaredUnmanaged = "declared_unmanaged"
    /// Somebody else made the change that the files now ask for.
    case changedOutsideAlike = "changed_outside_alike"
    /// No copy of the target was ever published.
    case neverBuilt = "never_built"
    case olderThanMaxAge = "older_than_max_age"
    /// The rules by which the copy was masked are no longer those that are declared.
    case policyChanged = "policy_changed"
    case keyChanged = "key_changed"
    case sourceSchemaChanged = "source_schema_changed"
    /// Somebody asked for it by name.
    case requested
  }

  public let verb: Verb
  public let address: Address
  public let reason: Reason
  public let changes: [Change]
  public let seen: Fingerprint
  /// Canonical JSON of what is to be; empty for a deletion.
  public let spec: String
  /// The protection that is to be, or for a removal the one that stands in the record.
  public let isProtected: Bool
  public let place: Place?
  /// Objects that have to be done before this one.
  public internal(set) var after: [Address]
  /// Codes of conditions and findings, or the address that this one depends on and that is blocked itself.
  public internal(set) var blockedBy: [String]
  /// Of a refresh.
  public internal(set) var copy: CopyPreview?
  /// The schema of its source as it was seen, which is bound as the fingerprint of a record is.
  public internal(set) var source: SourceShape?
}

/// What was seen of a record when the plan was made.
public struct Fingerprint: Sendable, Hashable {
  /// 0 where there was no record.
  public let revision: Int
  /// SHA-256 of the stored spec; empty where there was none.
  public let spec: String
}

/// An object that is not as the last apply left it.
public struct Drift: Sendable, Hashable {
  public let address: Address
  public let changes: [Change]
  /// Nothing where it was deleted.
  public let isDeleted: Bool
  public let by: String
  public let at: Timestamp
  public let revision: Int
}

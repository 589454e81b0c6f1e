import Documents

/// Who may have what, how it is masked, and what was proved: what somebody who reviews access or keeps evidence asks for.
/// It is of what was applied, from the control plane; no database is asked.
public struct ComplianceReport: Sendable, Hashable {
  public struct Target: Sendable, Hashable {
    public var name: String
    /// Without a password, also without the reference to one.
    public var source: String?
    /// The policy by which it is masked, and whether SQL of its own does.
    public var policy: String?
    public var isMaskedBySQL: Bool
    /// Something changes values on their way; nothing that only names a policy counts.
    public var isMasked: Bool
    public var groups: [String]
    /// What each end asks of TLS, by libpq's words; nothing for a local socket, and where a variable decides.
    public var sourceTLS: String?
    public var destinationTLS: String?
    public var maxAge: String?
    /// The newest sanitized one that is there.
    public var snapshot: Snapshot?
    /// It is older than was declared, or there is none.
    public var isOverdue: Bool
    /// Ends that ask for less of TLS than was asked for: `source asks for prefer`.
    public var weakEnds: [String]

    public init(
      name: String, source: String? = nil, policy: String? = nil, isMaskedBySQL: Bool = false, isMasked: Bool = false,
      groups: [String] = [], sourceTLS: String? = nil, destinationTLS: String? = nil, maxAge: String? = nil,
      snapshot: Snapshot? = nil, isOverdue: Bool = false, weakEnds: [String] = []
    ) {
      (self.name, self.source, self.policy, self.isMaskedBySQL) = (name, source, policy, isMaskedBySQL)
      (self.isMasked, self.groups, self.sourceTLS, self.destinationTLS) = (isMasked, groups, sourceTLS, destinationTLS)
      (self.maxAge, self.snapshot, self.isOverdue, self.weakEnds) = (maxAge, snapshot, isOverdue, weakEnds)
    }

    /// Somebody may load what nobody masks.
    public var isShownUnmasked: Bool { !isMasked && !groups.isEmpty }
  }

  public struct Snapshot: Sendable, Hashable {
    public var id: String
    /// The instant of the source that it shows.
    public var instant: Timestamp
    public var isPublished: Bool
    public var policyDigest: String?
    public var keyID: String?
    /// What its checks said in quarantine; nothing for rows of before there was any.
    public var verification: SnapshotRow.Verification?
    public var proof: Proof?

    public init(
      id: String, instant: Timestamp, isPublished: Bool, policyDigest: String?, keyID: String?,
      verification: SnapshotRow.Verification?, proof: Proof?
    ) {
      (self.id, self.instant, self.isPublished, self.policyDigest) = (id, instant, isPublished, policyDigest)
      (self.keyID, self.verification, self.proof) = (keyID, verification, proof)
    }
  }

  /// The file that a refresh left.
  public struct Proof: Sendable, Hashable {
    public var path: String
    /// The key that signed it; nothing where nobody did.
    public var signer: String?
    /// What it says of the copy; nothing where `defect` says why it is no proof.
    public var hasPassed: Bool?
    /// Checks that prove nothing, by name.
    public var vacuous: [String]
    public var defect: String?

    public init(
      path: String, signer: String? = nil, hasPassed: Bool? = nil, vacuous: [String] = [], defect: String? = nil
    ) {
      (self.path, self.signer, self.hasPassed, self.vacuous) = (path, signer, hasPassed, vacuous)
      self.defect = defect
    }
  }

  public struct Group: Sendable, Hashable {
    public var name: String
    public var description: String?
    public var expiresAt: CalendarDate?
    public var isExpired: Bool
    /// It is named by targets, and nobody has declared it.
    public var isDeclared: Bool
    public var targets: [String]

    public init(
      name: String, description: String? = nil, expiresAt: CalendarDate? = nil, isExpired: Bool = false,
      isDeclared: Bool = true, targets: [String] = []
    ) {
      (self.name, self.description, self.expiresAt) = (name, description, expiresAt)
      (self.isExpired, self.isDeclared, self.targets) = (isExpired, isDeclared, targets)
    }
  }

  public struct WaivedCode: Sendable, Hashable {
    public var object: Address
    public var waiver: Waiver
    public var isExpired: Bool

    public init(_ object: Address, _ waiver: Waiver, isExpired: Bool) {
      (self.object, self.waiver, self.isExpired) = (object, waiver, isExpired)
    }
  }

  public var at: Timestamp
  public var targets: [Target]
  public var groups: [Group]
  public var waivers: [WaivedCode]

  public init(at: Timestamp, targets: [Target], groups: [Group], waivers: [WaivedCode]) {
    (self.at, self.targets, self.groups, self.waivers) = (at, targets, groups, waivers)
  }

  public var masked: Int { targets.count(where: \.isMasked) }
  /// In whole percent, rounded down: 99.9 % is not all. Nothing where there is no target.
  public var percentMasked: Int? { targets.isEmpty ? nil : masked * 100 / targets.count }

  /// What somebody has to do something about, a sentence each.
  public var defects: [String] {
    targets.flatMap(\.defects)
      + groups.filter { $0.isExpired && !$0.targets.isEmpty }.map {
        "sso_group.\($0.name) has expired, and still opens \($0.targets.joined(separator: ", "))"
      }
      + waivers.filter(\.isExpired).map { "\($0.object): the waiver of \($0.waiver.code) has expired" }
  }

  public var hasFailedVerification: Bool {
    targets.contains { $0.snapshot?.verification?.result == .failed || $0.snapshot?.proof?.hasPassed == false }
  }
}

extension ComplianceReport.Target {
  fileprivate var defects: [String] {
    var found: [String] = []
    let address = "target.\(name)"
    if isShownUnmasked {
      found.append("\(address) is shared with \(groups.joined(separator: ", ")), and nothing masks it")
    }
    found += weakEnds.map { "\(address): its \($0)" }
    if let proof = snapshot?.proof, let defect = proof.defect { found.append("\(address): \(proof.path): \(defect)") }
    if let snapshot, snapshot.verification?.result == .failed || snapshot.proof?.hasPassed == false {
      found.append("\(address): the snapshot \(snapshot.id) did not pass its checks")
    }
    return found
  }
}

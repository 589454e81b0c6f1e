/// One snapshot as the catalogue holds it: what was made of which target, by which policy, and where it lies.
///
/// It never holds a secret: a storage profile is named, its credentials are not.
public struct SnapshotRow: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The source's rows as they are.
    case raw
    /// Masked, and checked.
    case sanitized
  }

  public enum State: String, Sendable, Hashable, CaseIterable {
    /// A run is at work on it, or was when it was killed.
    case building
    /// Checked and complete: every part of its archive was verified.
    case ready
    /// And it took the destination's place.
    case published
    case failed
    /// Its archive was removed; the row stays, for those who ask what there was.
    case pruned
  }

  /// One file of the archive.
  public struct Part: Sendable, Hashable {
    /// Relative to the location: `toc.dat`.
    public let name: String
    public let bytes: Int
    /// 64 hexadecimal digits, of the bytes as they lie there.
    public let sha256: String

    public init(name: String, bytes: Int, sha256: String) {
      self.name = name
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// What the checks in quarantine said.
  public struct Verification: Sendable, Hashable {
    public enum Result: String, Sendable, Hashable, CaseIterable {
      case passed
      case failed
      /// Nothing was checked: a raw snapshot.
      case none
    }

    public let result: Result
    public let checksPassed: Int
    public let checksFailed: Int

    public init(_ result: Result, passed: Int = 0, failed: Int = 0) {
      self.result = result
      checksPassed = passed
      checksFailed = failed
    }

    public static let none = Verification(.none)
  }

  /// The database that it became: the number in its cluster tells it from another one that has its name now.
  public struct Publication: Sendable, Hashable {
    /// Nothing where the role may not read it.
    public let clusterIdentifier: String?
    public let databaseNumber: String
    public let databaseName: String
    public private(set) var at: Timestamp

    /// The store puts in its own time when it writes the row.
    public init(
      clusterIdentifier: String?, databaseNumber: String, databaseName: String,
      at: Timestamp = Timestamp(milliseconds: 0)
    ) {
      self.clusterIdentifier = clusterIdentifier
      self.databaseNumber = databaseNumber
      self.databaseName = databaseName
      self.at = at
    }

    /// The same, at the moment in which the store writes it.
    public func dated(_ moment: Timestamp) -> Publication {
      var publication = self
      publication.at = moment
      return publication
    }
  }

  /// Kept from retention until somebody takes it away.
  public struct Pin: Sendable, Hashable {
    public let by: String
    public let reason: String
    public let at: Timestamp

    public init(by: String, reason: String, at: Timestamp) {
      self.by = by
      self.reason = reason
      self.at = at
    }
  }

  /// What is known when it is begun.
  public let draft: SnapshotDraft
  public let workspace: String
  /// The id of the run that makes it, and who started that.
  public let run: String
  public let actor: String
  /// Both by the store's clock.
  public let startedAt: Timestamp
  public var finishedAt: Timestamp?
  public var state: State
  /// Nothing until it is ready.
  public var content: SnapshotContent?
  public var publication: Publication?
  /// Why it failed, in a sentence without values of rows.
  public var failure: String?
  public var pin: Pin?

  public init(
    _ draft: SnapshotDraft, workspace: String, run: String, actor: String, startedAt: Timestamp,
    finishedAt: Timestamp? = nil, state: State = .building, content: SnapshotContent? = nil,
    publication: Publication? = nil, failure: String? = nil, pin: Pin? = nil
  ) {
    self.draft = draft
    self.workspace = workspace
    self.run = run
    self.actor = actor
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.state = state
    self.content = content
    self.publication = publication
    self.failure = failure
    self.pin = pin
  }

  public var id: SnapshotID { draft.id }
  public var target: String { draft.target }
  public var kind: Kind { draft.kind }
  public var duration: Duration? { finishedAt.map { $0.since(startedAt) } }

  /// Complete and still there.
  public var isGood: Bool { state == .ready || state == .published }

  /// With an archive: what `load` may take, and what numbers count.
  public var isLoadable: Bool { isGood && content?.parts.isEmpty == false }
}

/// What is known about a snapshot when it is begun; the store adds time, run and actor.
public struct SnapshotDraft: Sendable, Hashable {
  public let id: SnapshotID
  /// The target's name.
  public let target: String
  public let kind: SnapshotRow.Kind
  /// The profile's name; nothing where no archive is kept.
  public let storageProfile: String?
  /// Where the archive lies, as people say it: `s3://bucket/prefix/users/019a…/`, or a folder.
  public let location: String?
  /// `sha256:…` of the masking policy; nothing for a raw one.
  public let policyDigest: String?
  public let schemaFingerprint: String?
  /// Of the masking key; never the key.
  public let keyID: String?
  /// The source's: `15.14`.
  public let serverVersion: String?
  /// The id of the key by which the archive is encrypted; nothing where it is not.
  public let sealingKeyID: String?

  public init(
    id: SnapshotID, target: String, kind: SnapshotRow.Kind, storageProfile: String? = nil, location: String? = nil,
    policyDigest: String? = nil, schemaFingerprint: String? = nil, keyID: String? = nil, serverVersion: String? = nil,
    sealingKeyID: String? = nil
  ) {
    self.id = id
    self.target = target
    self.kind = kind
    self.storageProfile = storageProfile
    self.location = location
    self.policyDigest = policyDigest
    self.schemaFingerprint = schemaFingerprint
    self.keyID = keyID
    self.serverVersion = serverVersion
    self.sealingKeyID = sealingKeyID
  }
}

/// What is known about a snapshot once it is complete.
public struct SnapshotContent: Sendable, Hashable {
  public let tables: Int
  public let rows: Int
  /// Of the copy, as PostgreSQL counts it (`pg_database_size`); nothing where it was not asked.
  public let databaseBytes: Int?
  /// Of the archive, sorted by name; empty where none is kept.
  public let parts: [SnapshotRow.Part]
  public let verification: SnapshotRow.Verification

  public init(
    tables: Int, rows: Int, databaseBytes: Int? = nil, parts: [SnapshotRow.Part] = [],
    verification: SnapshotRow.Verification = .none
  ) {
    self.tables = tables
    self.rows = rows
    self.databaseBytes = databaseBytes
    self.parts = parts.sorted { $0.name < $1.name }
    self.verification = verification
  }

  /// Of the archive.
  public var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }
}

public import Documents
public import Runtime

/// Masked copies of databases, as kinds see them. What is behind it reads schemas, streams rows and publishes.
public protocol Copies: Sendable {
  /// What a copy of the source would be now. Reads the source's catalogues, and a bounded sample of its rows to see which
  /// columns are personal; nothing of a row leaves it.
  func study(_ order: CopyOrder) -> Result<CopyStudy, DatabaseFailure>

  /// The copy of a target that was published last, from the snapshot catalogue; nothing where there was none.
  func published(_ target: String, in workspace: String) throws(Failure) -> PublishedCopy?

  /// Makes the copy and puts it in the destination's place.
  ///
  /// `check` runs what is declared about the result on the finished quarantine; a failed check keeps the previous copy.
  /// `progress` hears how far it is, on any thread.
  func refresh(
    _ order: CopyOrder, because reason: String, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> CopyResult

  /// What both roles need, and as far as the servers can be asked, what they lack.
  func rights(_ order: CopyOrder) throws(Failure) -> CopyRights

  /// Reads all of a database and says what is wrong with it. `check` runs what is declared on the same database.
  func verify(
    _ order: VerificationOrder, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> Result<VerifiedCopy, WorkFailure>?

  /// What a copy would be: sizes, masks tried on a few rows, and how long it would take. Reads both servers and the
  /// catalogue, and writes nothing anywhere.
  func forecast(_ order: CopyOrder, _ options: TrialOptions) -> Result<CopyForecast, DatabaseFailure>

  /// What a refresh would replace.
  func standing(_ order: CopyOrder) throws(Failure) -> DestinationStanding
}

/// Everything that a copy is made by, with the values of variables and secrets put in.
public struct CopyOrder: Sendable {
  public var workspace: String
  /// The target's name.
  public var target: String
  public var source: DatabaseEndpoint
  public var destination: DatabaseEndpoint
  /// The scratch server of `sanitize.dst_url`, where SQL runs that cannot be done where rows are read.
  public var scratch: DatabaseEndpoint?
  public var schemas: SchemaSelection
  /// The policy as the sanitization's schema read it, and what its paths begin with in sentences.
  public var policy: Value?
  public var policyName: String?
  /// `override_query` and `post_sync.custom_sql`, in this order, each with its path.
  public var statements: [Statements]
  public var workers: Int
  /// The block `refresh` of the target.
  public var options: Value
  /// The storage profile of sanitized snapshots: its name and spec.
  public var storage: Storage?
  /// Waivers by code: `clear_rows_on_destination`.
  public var waived: Set<String>
  public var masterKey: Secret?
  /// SHA-256 over what decides how rows are changed: policy, SQL, schemas.
  public var policyDigest: String
  /// The schema of the source that the copy was planned with. Where it is another one by now, no copy is made.
  public var planned: SourceShape?
  /// The block `decant.detection`; nothing where it is not declared.
  public var detection: Value?

  /// What is to be typed to go on.
  public var commands: Commands

  /// Commands as sentences name them: `decant refresh users`.
  public struct Commands: Sendable, Hashable {
    public var anew, resume, publish: String
    /// How sessions that stand in the way are ended.
    public var disconnect: String

    public init(target: String) {
      anew = "decant refresh \(target)"
      (resume, publish) = ("\(anew) --resume", "decant publish \(target)")
      disconnect = "declare refresh.disconnect"
    }

    /// Of a copy that no target is declared for.
    public init(way: String) {
      anew = "decant sync \(way) --anonymize"
      (resume, publish, disconnect) = ("\(anew) --resume", "\(anew) --resume", "say --force")
    }
  }

  public struct Statements: Sendable, Hashable {
    public var path: String
    public var sql: String

    public init(path: String, sql: String) { (self.path, self.sql) = (path, sql) }
  }

  public struct Storage: Sendable, Hashable {
    public var profile: String
    public var spec: Value

    public init(profile: String, spec: Value) { (self.profile, self.spec) = (profile, spec) }
  }

  public init(
    workspace: String, target: String, source: DatabaseEndpoint, destination: DatabaseEndpoint,
    scratch: DatabaseEndpoint? = nil, schemas: SchemaSelection = SchemaSelection(), policy: Value? = nil,
    policyName: String? = nil, statements: [Statements] = [], workers: Int = 1, options: Value = .object(Fields()),
    storage: Storage? = nil, waived: Set<String> = [], masterKey: Secret? = nil, policyDigest: String
  ) {
    self.workspace = workspace
    self.target = target
    self.source = source
    self.destination = destination
    self.scratch = scratch
    self.schemas = schemas
    self.policy = policy
    self.policyName = policyName
    self.statements = statements
    self.workers = workers
    self.options = options
    self.storage = storage
    self.waived = waived
    self.masterKey = masterKey
    self.policyDigest = policyDigest
    commands = Commands(target: target)
  }
}

/// What a copy would be: its size, what is said of the rules, and what its result hangs on.
public struct CopyStudy: Sendable, Hashable {
  /// Leaf tables that hold rows, and bytes of their main forks.
  public var tables: Int
  public var bytes: Int
  public var schemaFingerprint: String
  /// What a plan keeps of the schema; nothing where nothing is compared with it.
  public var shape: SourceShape?
  /// Nothing where no key is declared.
  public var keyID: String?
  public var notes: [CopyNote]
  /// Columns that look personal, whatever becomes of them, in the order of the schema.
  public var personal: [PersonalColumn]

  public init(
    tables: Int, bytes: Int, schemaFingerprint: String, keyID: String?, notes: [CopyNote] = [],
    personal: [PersonalColumn] = [], shape: SourceShape? = nil
  ) {
    self.shape = shape
    self.personal = personal
    self.tables = tables
    self.bytes = bytes
    self.schemaFingerprint = schemaFingerprint
    self.keyID = keyID
    self.notes = notes
  }
}

/// What the rules and the schema say when they meet: of severity error where no copy can be made.
public struct CopyNote: Sendable, Hashable {
  public var code: String
  public var severity: Severity
  /// In the policy (`tables.users.columns.emial`) or in the target (`sanitize.override_query`).
  public var path: String
  public var isInPolicy: Bool
  public var message: String
  /// It could not be looked at; the message says why.
  public var isUnknown: Bool

  public init(
    _ code: String, _ severity: Severity, at path: String, isInPolicy: Bool, _ message: String, isUnknown: Bool = false
  ) {
    self.isUnknown = isUnknown
    self.code = code
    self.severity = severity
    self.path = path
    self.isInPolicy = isInPolicy
    self.message = message
  }
}

/// The copy that was published last.
public struct PublishedCopy: Sendable, Hashable {
  public var snapshot: String
  /// The instant of the source that it shows.
  public var builtAt: Timestamp
  public var policyDigest: String
  public var keyID: String?
  public var schemaFingerprint: String
  /// Rows in a second of the whole refresh, for an estimate of the next one.
  public var bytesPerSecond: Int?

  public init(
    snapshot: String, builtAt: Timestamp, policyDigest: String, keyID: String?, schemaFingerprint: String,
    bytesPerSecond: Int? = nil
  ) {
    self.snapshot = snapshot
    self.builtAt = builtAt
    self.policyDigest = policyDigest
    self.keyID = keyID
    self.schemaFingerprint = schemaFingerprint
    self.bytesPerSecond = bytesPerSecond
  }
}

/// How far a refresh is. Said when a phase begins, when a table is finished, and a few times in a second between.
public struct CopyProgress: Sendable, Hashable {
  public enum Phase: String, Sendable, Hashable, CaseIterable {
    case schema, rows
    /// SQL that could not be lifted.
    case statements
    case indexes, checks
    /// Every value of the copy is searched for originals.
    case originals
    case archive, publish
  }

  /// A table on its way, with the bytes of its main fork that the catalogue tells.
  public struct Table: Sendable, Hashable {
    public var name: String
    public var rows: Int
    public var bytes: Int
    public var totalBytes: Int

    public init(name: String, rows: Int, bytes: Int, totalBytes: Int) {
      self.name = name
      self.rows = rows
      self.bytes = bytes
      self.totalBytes = totalBytes
    }
  }

  public var phase: Phase
  public var rows: Int
  public var bytes: Int
  public var totalBytes: Int
  public var running: [Table]
  /// The table that has just come to its end.
  public var finished: Table?

  public init(
    phase: Phase, rows: Int = 0, bytes: Int = 0, totalBytes: Int = 0, running: [Table] = [], finished: Table? = nil
  ) {
    self.phase = phase
    self.rows = rows
    self.bytes = bytes
    self.totalBytes = totalBytes
    self.running = running
    self.finished = finished
  }
}

/// What became of a refresh.
public enum CopyResult: Sendable {
  case published(CopySummary)
  /// The copy is finished and checked, and sessions that are still connected keep it from its place.
  case waiting(CopySummary, sessions: [String], CopyOrder.Commands)
  /// The previous copy is as it was.
  case failed(String, hint: String?)
  /// What was checked before publishing did not hold; the previous copy is as it was.
  case refused(String, Verification?)
  /// The source's schema is not the one that was planned with; nothing was written, and what has moved is said.
  case stale(String)
  case leaseHeld(Lease)
  /// Whether the copy is in place is not known, or it is and the control plane does not know it yet; what to do is said.
  case unknown(String)
  case interrupted
}

public struct CopySummary: Sendable, Hashable {
  public var snapshot: String
  public var tables: Int
  public var rows: Int
  public var bytes: Int
  public var duration: Duration
  /// How long each phase took, of those that there were.
  public var phases: [CopyProgress.Phase: Duration]
  /// What was left out or is worth knowing, a sentence each.
  public var notes: [String]

  public init(
    snapshot: String, tables: Int, rows: Int, bytes: Int, duration: Duration,
    phases: [CopyProgress.Phase: Duration] = [:], notes: [String] = []
  ) {
    self.phases = phases
    self.snapshot = snapshot
    self.tables = tables
    self.rows = rows
    self.bytes = bytes
    self.duration = duration
    self.notes = notes
  }
}

/// Stands in where no copies can be made: for commands that look at nothing but files.
public struct NoCopies: Copies {
  public init() {}

  public func study(_ order: CopyOrder) -> Result<CopyStudy, DatabaseFailure> {
    .failure(DatabaseFailure(.notObserved, order.source.title, "not observed"))
  }

  public func published(_ target: String, in workspace: String) throws(Failure) -> PublishedCopy? { nil }

  public func refresh(
    _ order: CopyOrder, because reason: String, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) -> CopyResult { .failed("no copies can be made here", hint: nil) }

  public func rights(_ order: CopyOrder) throws(Failure) -> CopyRights {
    throw Failure("list the rights for", order.target, cause: "no copies can be made here")
  }

  public func forecast(_ order: CopyOrder, _ options: TrialOptions) -> Result<CopyForecast, DatabaseFailure> {
    .failure(DatabaseFailure(.notObserved, order.source.title, "not observed"))
  }

  public func standing(_ order: CopyOrder) throws(Failure) -> DestinationStanding {
    throw Failure("look at", order.destination.title, cause: "no copies can be made here")
  }
}

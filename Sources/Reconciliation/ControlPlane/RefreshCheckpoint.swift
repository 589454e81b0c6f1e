/// How far a refresh has come: at most one per target, written under its lease, gone when the
/// refresh ends well, or leaves nothing to go on from.
///
/// It is bound to what it was made with. A changed policy, key or schema makes what was done worthless, so `--resume`
/// asks `differences` before it goes on.
public struct RefreshCheckpoint: Sendable, Hashable {
  /// In the order in which a refresh goes through them (`docs/refresh.md`).
  public enum Phase: String, Sendable, Hashable, CaseIterable, Comparable {
    case schema
    case data
    /// Statements that could not be lifted.
    case statements
    /// Indexes, foreign keys, sequences, statistics.
    case indexes
    case verification
    case archive
    case upload
    case publication

    public static func < (left: Phase, right: Phase) -> Bool { left.position < right.position }
    private var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  public let target: String
  public let snapshot: SnapshotID
  /// The one that is being done; those before it are done.
  public let phase: Phase
  /// The name of the quarantine database.
  public let quarantine: String
  public let basis: Basis
  /// Qualified and quoted names, sorted: the tables whose rows are all there. They count while the leader lives.
  public let doneTables: [String]
  public let run: String
  /// By the store's clock; put in when it is written.
  public let at: Timestamp

  /// What the work was done with.
  public struct Basis: Sendable, Hashable {
    public let policyDigest: String?
    public let keyID: String?
    public let schemaFingerprint: String

    public init(policyDigest: String?, keyID: String?, schemaFingerprint: String) {
      self.policyDigest = policyDigest
      self.keyID = keyID
      self.schemaFingerprint = schemaFingerprint
    }
  }

  public init(
    target: String, snapshot: SnapshotID, phase: Phase, quarantine: String, basis: Basis, doneTables: [String] = [],
    run: String, at: Timestamp = Timestamp(milliseconds: 0)
  ) {
    self.target = target
    self.snapshot = snapshot
    self.phase = phase
    self.quarantine = quarantine
    self.basis = basis
    self.doneTables = doneTables.sorted()
    self.run = run
    self.at = at
  }

  public func dated(_ moment: Timestamp) -> RefreshCheckpoint {
    RefreshCheckpoint(
      target: target, snapshot: snapshot, phase: phase, quarantine: quarantine, basis: basis, doneTables: doneTables,
      run: run, at: moment)
  }

  public enum Difference: String, Sendable, Hashable, CaseIterable {
    case policy
    case key
    case schema
  }

  /// Why the work cannot be gone on with; empty where it can.
  public func differences(from present: Basis) -> [Difference] {
    var found: [Difference] = []
    if basis.policyDigest != present.policyDigest { found.append(.policy) }
    if basis.keyID != present.keyID { found.append(.key) }
    if basis.schemaFingerprint != present.schemaFingerprint { found.append(.schema) }
    return found
  }
}

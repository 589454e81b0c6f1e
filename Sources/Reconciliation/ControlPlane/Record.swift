/// One object as the control plane holds it.
///
/// There is no state file: who manages an object and what was applied last stand in its record.
public struct Record: Sendable, Hashable {
  public let address: Address
  /// The object's specification as JSON text, as it is stored: somebody may have written it by plain SQL, so it is
  /// not taken to be canonical or even valid.
  public var spec: String
  /// Goes up by one with every change, also one by plain SQL; never reused, not even after a deletion.
  public var revision: Int
  public var updatedBy: String
  public var updatedAt: Timestamp
  /// What the last apply wrote; nothing for an object that no apply of ours has touched.
  public var applied: Applied?
  /// Who manages the object: the name of the workspace that declares it. Nothing means "unmanaged": it is shown and
  /// never touched.
  public var owner: String?
  public var isProtected: Bool
  /// Set for a tombstone: the object was deleted, and its revision lives on.
  public var deletedAt: Timestamp?

  public struct Applied: Sendable, Hashable {
    public let spec: String
    public let revision: Int
    /// The digest of the plan, `sha256:…`.
    public let plan: String
    public let by: String
    public let at: Timestamp

    public init(spec: String, revision: Int, plan: String, by: String, at: Timestamp) {
      self.spec = spec
      self.revision = revision
      self.plan = plan
      self.by = by
      self.at = at
    }
  }

  public init(
    address: Address, spec: String, revision: Int, updatedBy: String, updatedAt: Timestamp, applied: Applied? = nil,
    owner: String? = nil, isProtected: Bool = false, deletedAt: Timestamp? = nil
  ) {
    self.address = address
    self.spec = spec
    self.revision = revision
    self.updatedBy = updatedBy
    self.updatedAt = updatedAt
    self.applied = applied
    self.owner = owner
    self.isProtected = isProtected
    self.deletedAt = deletedAt
  }

  public var isDeleted: Bool { deletedAt != nil }
  public var isManaged: Bool { owner != nil }

  /// The writer's name that the stores' triggers leave where they cannot know it.
  public static let plainSQL = "unknown (plain SQL)"
}

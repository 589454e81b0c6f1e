public import Reconciliation

/// Moves a control plane: everything of one store into another, empty one, and then proves it.
///
/// The leases of all workspaces of the source are held meanwhile, so that no apply comes between. The source is left as it was; to
/// go on with both would be two truths, so change `control_plane.url` everywhere.
public struct ControlPlaneCopy: Sendable {
  private let source: any RecordArchive
  private let destination: any RecordArchive
  private let holder: String

  /// What was copied and found to be the same on both sides.
  public struct Summary: Sendable, Hashable {
    public let workspaces: Int
    public let records: Int
    /// Of the records.
    public let tombstones: Int
    public let auditEntries: Int
    /// The head of each workspace's audit log, by the workspace's name.
    public let heads: [String: AuditHead]
    /// SHA-256 over everything.
    public let digest: String
  }

  /// For how long a killed copy holds up others.
  private static let timeToLive = Duration.seconds(60)

  public init(from source: any RecordArchive, to destination: any RecordArchive, holder: String) {
    self.source = source
    self.destination = destination
    self.holder = holder
  }

  /// Throws `.held` where a run is at work in the source; `.failed`, with the destination unchanged, where it is not
  /// empty or an audit log of the source is broken, and with a sentence where the proof fails.
  public func run() throws(RecordStoreError) -> Summary {
    var leases: [Lease] = []
    // What cannot be given back ends by itself.
    defer { for lease in leases { try? source.release(lease) } }
    for workspace in try source.archive().workspaces {
      leases.append(
        try source.acquireLease("workspace/\(workspace.name)", holder: holder, timeToLive: Self.timeToLive))
    }
    let archive = try source.archive()
    let heads = try heads(of: archive)
    try restore(archive)
    for lease in leases { _ = try source.renew(lease, timeToLive: Self.timeToLive) }
    try prove(archive)
    return Summary(archive, heads)
  }

  private func heads(of archive: Archive) throws(RecordStoreError) -> [String: AuditHead] {
    var heads: [String: AuditHead] = [:]
    for workspace in archive.workspaces {
      switch AuditChain.verify(workspace.audit) {
      case .whole(let head): heads[workspace.name] = head
      case .broken(let number, let reason):
        throw failed("the audit log of \(workspace.name) is broken at entry \(number): \(reason)")
      }
    }
    return heads
  }

  /// A lost answer is no answer: `prove` looks.
  private func restore(_ archive: Archive) throws(RecordStoreError) {
    do { try destination.restore(archive) } catch {
      guard case .unknown = error, try destination.archive().digest == archive.digest else { throw error }
    }
  }

  private func prove(_ archive: Archive) throws(RecordStoreError) {
    let expected = archive.digest
    guard try destination.archive().digest == expected else {
      throw failed("what was read back from \(destination.title) is not what was written; do not use it")
    }
    guard try source.archive().digest == expected else {
      throw failed("somebody changed it meanwhile, past every lease; empty \(destination.title) and copy again")
    }
  }

  private func failed(_ cause: String) -> RecordStoreError { .failed(Failure("copy", source.title, cause: cause)) }
}

extension ControlPlaneCopy.Summary {
  fileprivate init(_ archive: Archive, _ heads: [String: AuditHead]) {
    let records = archive.workspaces.flatMap(\.records)
    self.init(
      workspaces: archive.workspaces.count, records: records.count, tombstones: records.count(where: \.isDeleted),
      auditEntries: archive.workspaces.reduce(0) { $0 + $1.audit.count }, heads: heads, digest: archive.digest)
  }
}

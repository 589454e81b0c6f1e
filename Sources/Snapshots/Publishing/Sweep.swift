import PostgreSQL
import Runtime

/// Removes what runs have left behind that did not live to do it themselves: unfinished copies, and previous copies
/// that were replaced and not dropped.
///
/// A database is ours when its name has our form, its comment says the same, and our role owns it. Without the comment
/// (a crash between making and commenting) it counts only where its id is one of ours. What another control plane has made
/// stays while its owner lives, and what loads make is `OrphanSweep`'s. What would be ours but for the role that owns it
/// is told, because nobody who works by this role ever gets rid of it.
public struct Sweep: Sendable {
  public let server: MaintenanceConnection
  public let destination: String
  /// The ids that the catalogue says are still wanted: running, or finished and not yet published.
  public var alive: Set<String>
  /// Ids that the catalogue knows at all.
  public var known: Set<String>

  public init(_ destination: String, on server: MaintenanceConnection, alive: Set<String>, known: Set<String> = []) {
    (self.destination, self.server, self.alive, self.known) = (destination, server, alive, known)
  }

  public struct Outcome: Sendable, Hashable {
    public var dropped: [String] = []
    /// Names of our form without a comment of ours: told and left alone.
    public var unclaimed: [String] = []
    /// What could not be dropped; each one line.
    public var failures: [String] = []
    /// What another role owns and has to drop; each one line.
    public var foreign: [String] = []
  }

  public func run() throws(QuarantineFailure) -> Outcome {
    let session = try asking { () throws(DatabaseError) in try server.open() }
    let rows = try asking { () throws(DatabaseError) in
      try session.query(Self.query, ["%\\_\\_decant\\_%"], deadline: server.short, as: "look for what was left behind")
    }
    var outcome = Outcome()
    for row in rows {
      guard let name = row[0] else { continue }
      let isOurRoles = row[3] == "t"
      switch (verdict(name: name, comment: row[1] ?? "", isHeld: row[2] == "t"), isOurRoles) {
      case (.leave, _), (.unclaimed, false): continue
      case (.unclaimed, true): outcome.unclaimed.append(name)
      case (.drop, false): outcome.foreign.append(Self.told(name, ownedBy: row[4] ?? "unknown"))
      case (.drop, true):
        do throws(QuarantineFailure) {
          try drop(name, in: session)
          outcome.dropped.append(name)
        } catch { outcome.failures.append("\(name): \(error)") }
      }
    }
    return outcome
  }

  /// For whoever has to do by another role what ours may not.
  static func told(_ name: String, ownedBy owner: String) -> String {
    "\(name), which an earlier run had left, belongs to the role \(owner) and was left alone; as that role: DROP DATABASE \(doubleQuoted(name))"
  }

  enum Verdict { case leave, unclaimed, drop }

  /// Pure, so that every case can be tried.
  func verdict(name: String, comment: String, isHeld: Bool = false) -> Verdict {
    if let read = ScratchName(name: name, comment: comment) {
      guard read.destination == destination, read.role != .template, !read.id.hasPrefix(OrphanSweep.mark) else {
        return .leave
      }
      // Of our own runs none is at work while we have their lease; a pooler may hold on to what they have locked.
      guard !isHeld || known.contains(read.id) else { return .leave }
      // The previous copy is waste as soon as it has that name, whatever became of the run.
      return read.role == .copy && alive.contains(read.id) ? .leave : .drop
    }
    for id in known.subtracting(alive) {
      for role in [ScratchName.Role.copy, .previous] {
        let ours = ScratchName(destination: destination, id: id, role: role)
        if ours?.name == name, comment.isEmpty { return .drop }
      }
    }
    let isUnclaimed = comment.isEmpty && !isHeld && looksLikeOurs(name) && !OrphanSweep.isOurs(name, comment: comment)
    return isUnclaimed ? .unclaimed : .leave
  }

  /// The beginning of the destination's name, and our mark.
  private func looksLikeOurs(_ name: String) -> Bool {
    guard let mark = name.ranges(of: ScratchName.mark).last else { return false }
    return destination.utf8.starts(with: name[..<mark.lowerBound].utf8)
  }

  private func drop(_ name: String, in session: Session) throws(QuarantineFailure) {
    let quoted = try quoted(name)
    _ = try asking { () throws(DatabaseError) in
      try session.query(
        "DROP DATABASE IF EXISTS \(quoted) WITH (FORCE)", deadline: server.long, as: "drop what was left behind")
    }
  }

  private static let query = """
    SELECT datname, pg_catalog.shobj_description(oid, 'pg_database'),
      \(OwnerLock.key(of: "datname::pg_catalog.text")) IN (\(OwnerLock.held)),
      pg_catalog.pg_has_role(datdba, 'USAGE'), pg_catalog.pg_get_userbyid(datdba)
    FROM pg_catalog.pg_database
    WHERE datname LIKE $1 ORDER BY datname COLLATE "C"
    """
}

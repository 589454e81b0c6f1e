import PostgreSQL
import Runtime

/// Removes what loads, resets, sanitizing and verifying have left on a server that did not live to do it themselves,
/// whichever destination it was for and on whatever machine they ran.
///
/// A database goes when its owner is certainly gone: nobody holds its `OwnerLock` and nobody is connected to it, at two
/// looks that are further apart than a living owner needs to take a lost lock again.
///
/// Nobody who is connected is ended, not even of our own role. An owner that has lost its lock and is not let in again,
/// because no connection is free, shows by its `pg_restore` alone that it lives; and a `pg_restore` that has outlived its
/// owner ends at the next line that it writes.
struct OrphanSweep {
  let server: MaintenanceConnection
  /// Between the two looks. Nothing waits where there is no orphan.
  var patience = OwnerLock.interval * 5
  /// What was made for it and is another role's is told. What was made for others is not: whoever works there is told.
  var destination: String?

  /// Stands in the names of what is made by such runs, before the run's id.
  static let mark = "load-"

  struct Outcome: Sendable, Hashable {
    var dropped: [String] = []
    /// What could not be dropped; each one line.
    var failures: [String] = []
    /// What another role owns and has to drop; each one line.
    var foreign: [String] = []

    /// One for each, for people.
    var notes: [String] {
      dropped.map { "removed \($0), whose owner did not live to do it" }
        + failures.map { "could not be removed: \($0)" } + foreign
    }
  }

  func run() throws(QuarantineFailure) -> Outcome {
    let session = try asking { () throws(DatabaseError) in try server.open() }
    let (first, others) = (try orphans(in: session), try foreign(in: session))
    guard !first.isEmpty || !others.isEmpty else { return Outcome() }
    try pause()
    var outcome = try drop(first, in: session)
    // That it could not be told again takes nothing from what was dropped.
    outcome.foreign = ((try? foreign(in: session)) ?? []).filter(others.contains)
    return outcome
  }

  /// What is still there as it was at the first look.
  func drop(_ first: [String: String], in session: Session) throws(QuarantineFailure) -> Outcome {
    var outcome = Outcome()
    for (number, name) in try orphans(in: session) where first[number] == name {
      do throws(QuarantineFailure) {
        try drop(name, in: session)
        outcome.dropped.append(name)
      } catch { outcome.failures.append("\(name): \(error)") }
    }
    outcome.dropped.sort()
    return outcome
  }

  private func pause() throws(QuarantineFailure) {
    let pause: Interrupt
    do { pause = try server.interrupt ?? Interrupt() } catch { throw .refused("\(error)") }
    if pause.wait(until: .after(patience)) { throw .refused("interrupted") }
  }

  /// Names by the number in `pg_database`.
  func orphans(in session: Session) throws(QuarantineFailure) -> [String: String] {
    var found: [String: String] = [:]
    for row in try abandoned(in: session) where row[3] == "t" {
      guard let number = row[0], let name = row[1], Self.isOurs(name, comment: row[2] ?? "") else { continue }
      found[number] = name
    }
    return found
  }

  /// Not by the name alone: for which destination it was made stands in the comment.
  private func foreign(in session: Session) throws(QuarantineFailure) -> [String] {
    guard let destination else { return [] }
    var told: [String] = []
    for row in try abandoned(in: session) where row[3] == "f" {
      guard let name = row[1], let read = ScratchName(name: name, comment: row[2] ?? ""), read.role != .template,
        read.id.hasPrefix(Self.mark), read.destination == destination || read.destination.hasPrefix("\(destination) (")
      else { continue }
      told.append(Sweep.told(name, ownedBy: row[4] ?? "unknown"))
    }
    return told.sorted()
  }

  /// What runs of any role have made that nobody holds and nobody is connected to.
  private func abandoned(in session: Session) throws(QuarantineFailure) -> Rows {
    try asking { () throws(DatabaseError) in
      try session.query(Self.query, deadline: server.short, as: "look for what was left behind")
    }
  }

  /// By name and comment; by the name alone where the owner was ended before it could write the comment, because the
  /// server goes on making a database whose client is gone.
  static func isOurs(_ name: String, comment: String) -> Bool {
    if let read = ScratchName(name: name, comment: comment) {
      return read.id.hasPrefix(mark) && read.role != .template
    }
    return comment.isEmpty
      && (try? #/.*__decant_load-[0-9]{13}-[0-9a-f]{8}/#.dotMatchesNewlines().wholeMatch(in: name)) != nil
  }

  /// Not with FORCE: whoever came in since then shows that somebody is at work on it.
  private func drop(_ name: String, in session: Session) throws(QuarantineFailure) {
    let quoted = try quoted(name)
    _ = try asking { () throws(DatabaseError) in
      try session.query("DROP DATABASE IF EXISTS \(quoted)", deadline: server.long, as: "drop what was left behind")
    }
  }

  private static let query = """
    SELECT d.oid, d.datname, pg_catalog.shobj_description(d.oid, 'pg_database'),
      pg_catalog.pg_has_role(d.datdba, 'USAGE'), pg_catalog.pg_get_userbyid(d.datdba)
    FROM pg_catalog.pg_database d WHERE d.datname LIKE '%\\_\\_decant\\_load-%'
      AND \(OwnerLock.key(of: "d.datname::pg_catalog.text")) NOT IN (\(OwnerLock.held))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid AND a.usesysid IS NOT NULL)
    """
}

import Reconciliation

/// Conditions that a later copy or its publication would stumble over: said now, while nobody waits for a copy.
extension TargetView {
  func columnsOnly(_ facts: SourceFacts) -> Condition.State {
    guard !facts.columnsOnly.isEmpty else { return .holds }
    return .fails(
      "role \(facts.server.role) may read all columns of \(some(facts.columnsOnly)), but by grants on columns: LOCK TABLE and pg_dump are refused. GRANT SELECT on the whole tables"
    )
  }

  /// A snapshot belongs to one session, which such a pooler gives away between two transactions.
  func pooling(_ facts: SourceFacts) -> Condition.State {
    switch facts.pooling {
    case .none, .bySession: .holds
    case .byTransaction:
      .fails(
        "a pooler in transaction mode answers: it gives one session to several connections, and a copy needs its snapshot's session for itself. Name the server itself, or a pool with pool_mode=session"
      )
    case .unknown(let reason):
      .unknown("a pooler answers, and whether it shares sessions between transactions could not be tried: \(reason)")
    }
  }

  /// What lacks, each with the SQL that grants it. A database that does not exist is spoken of by `destination_exists`,
  /// and over the source itself nobody is helped to publish.
  func publication(_ facts: DestinationFacts, _ end: Target.End) -> [Condition] {
    guard let publication = facts.publication else { return [] }
    let lacks = obstacles(facts, publication)
    let state: Condition.State =
      lacks.isEmpty
      ? .holds
      : .fails("role \(facts.server.role) could not publish a copy by renaming: \(lacks.joined(separator: "; "))")
    return [condition("destination_role_cannot_publish", .warning, end.path, state)]
  }

  private func obstacles(_ facts: DestinationFacts, _ publication: DestinationFacts.Publication) -> [String] {
    let (role, database) = (sqlName(facts.server.role), sqlName(facts.server.database))
    let maintenance = publication.maintenanceDatabase
    var lacks: [String] = []
    if facts.server.cluster?.isStandby == true { lacks.append("the server is a standby and takes no writes") }
    if !facts.canCreate { lacks.append("it may not create databases (ALTER ROLE \(role) CREATEDB)") }
    if !publication.ownsDatabase {
      lacks.append("the database belongs to \(publication.owner) (ALTER DATABASE \(database) OWNER TO \(role))")
    }
    switch publication.canUseMaintenanceDatabase {
    case true?: break
    case nil: lacks.append("there is no database \(maintenance) to rename from (refresh.maintenance_db)")
    case false? where maintenance == facts.server.database:
      lacks.append("\(maintenance) cannot be renamed from within (refresh.maintenance_db names another one)")
    case false?:
      lacks.append(
        "it may not connect to \(maintenance) (GRANT CONNECT ON DATABASE \(sqlName(maintenance)) TO \(role))")
    }
    if !publication.rolesOutOfReach.isEmpty {
      lacks.append(
        "it may not end sessions of \(some(publication.rolesOutOfReach)) (GRANT pg_signal_backend TO \(role))")
    }
    if !publication.superusersOutOfReach.isEmpty {
      lacks.append(
        "it cannot end sessions of the superuser \(some(publication.superusersOutOfReach)), who is connected")
    }
    return lacks
  }

  /// Always in quotes, so that a name which is also a word of SQL, or hostile, stays a name.
  private func sqlName(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}

extension TargetView {
  /// What the lock cannot prove: it is blind between a standby and its primary, and between a disk and its clone.
  func beside(_ destination: Target.End, _ pair: DatabasePair) -> [Condition] {
    guard case .success(let source)? = pair.source, case .success(let copy)? = pair.destination else { return [] }
    return [older(source.server, copy.server, destination)]
      + (pair.isSameDatabase == true ? [] : cluster(source.server, copy, destination))
  }

  private func older(_ source: ServerFacts, _ copy: ServerFacts, _ end: Target.End) -> Condition {
    let (from, to) = (source.version / 10_000, copy.version / 10_000)
    let state: Condition.State =
      to >= from
      ? .holds
      : .fails(
        "the source is PostgreSQL \(from), the destination \(to): a dump of a newer one cannot be restored there")
    return condition("destination_older", .error, end.path, state)
  }

  private func cluster(_ source: ServerFacts, _ copy: DestinationFacts, _ end: Target.End) -> [Condition] {
    guard let mine = source.cluster, let theirs = copy.server.cluster else { return [] }
    guard let identifier = mine.identifier, let other = theirs.identifier else {
      return [
        condition(
          "same_cluster", .warning, end.path,
          .unknown("whether the servers are clones could not be read: GRANT EXECUTE ON FUNCTION pg_control_system()"))
      ]
    }
    guard copy.exists, identifier == other, mine.databaseNumber == theirs.databaseNumber else {
      return [condition("same_cluster", .warning, end.path, .holds)]
    }
    return [twin(isStandby: mine.isStandby || theirs.isStandby, end)]
  }

  private func twin(isStandby: Bool, _ end: Target.End) -> Condition {
    let same = "source and destination have the same system identifier and database number"
    if isStandby {
      return condition(
        "same_cluster", .error, end.path,
        .fails(
          "\(same), and one is a standby: where the other is its primary, publishing a copy would replace the source. Name another server, or waive this if they are clones"
        ))
    }
    return condition(
      "same_cluster", .warning, end.path,
      .fails("\(same): one is a clone of the other's disk. Make sure that it is the clone which is written"))
  }
}

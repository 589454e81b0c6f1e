import Documents
public import Reconciliation

extension Target {
  public static func observe(
    _ object: Declared, in declaration: Declaration, through ports: Ports
  ) -> Seen {
    let copy = copy(of: object, in: declaration, through: ports)
    return Seen(ends(of: object, in: declaration, through: ports) + copy.conditions, copy: copy.observation)
  }

  /// What is seen of source and destination.
  private static func ends(of object: Declared, in declaration: Declaration, through ports: Ports) -> [Condition] {
    guard ports.databases.observes else { return unobserved(object) }
    let source = source(of: object, in: declaration, ports)
    let destination = destination(of: object, in: declaration, ports)
    let selection = schemas(of: object)
    let pair = ports.databases.look(
      at: source.flatMap { try? $0.endpoint.get() }, and: destination.flatMap { try? $0.endpoint.get() },
      schemas: selection)
    let view = TargetView(
      object: object, at: ports.at, isKeptFresh: resolve(object, in: declaration).masks && source != nil)
    return view.source(source, pair.source, selection)
      + view.destination(destination, pair.destination, isSource: pair.isSameDatabase == true)
      + view.both(source, destination, pair)
  }
}

extension Target {
  /// One unknown condition for each end, so that nothing passes for fine that nobody looked at.
  private static func unobserved(_ object: Declared) -> [Condition] {
    let ends = [("source", "src_url"), ("destination", "dst_url")]
    return ends.compactMap { side, url in
      let hasURL = object.spec["snapshot", url] != nil
      guard hasURL || object.spec[side] != nil else { return nil }
      return Condition(
        "\(side)_reachable", .error, object.address, at: hasURL ? "snapshot.\(url)" : "\(side).environment",
        .unknown("not observed (--no-observe)"))
    }
  }
}

/// Turns what was seen of a target's databases into conditions, each with its sentence.
struct TargetView {
  let object: Declared
  let at: Timestamp
  /// We make its copies ourselves, and the snapshot catalogue knows their age.
  var isKeptFresh = false

  func source(
    _ end: Target.End?, _ seen: Result<SourceFacts, DatabaseFailure>?, _ selection: SchemaSelection
  ) -> [Condition] {
    guard let end else { return [] }
    switch reach(end, seen, "source") {
    case .failure(let condition): return [condition]
    case .success(let facts):
      return [
        condition("source_reachable", .error, end.path, .holds), version(facts.server, end), tls(facts.server, end),
        condition(
          "schemas_present", .error, "snapshot.schema_config.include_schemas", missingSchemas(facts, selection)),
        condition("source_readable", .error, end.path, unreadable(facts)),
        condition("source_role_can_write", .error, end.path, writes(facts)),
        condition("row_security_hides_rows", .error, end.path, hiddenRows(facts)),
        condition("security_definer_functions", .warning, end.path, definerFunctions(facts)),
        condition("source_pooled", .warning, end.path, pooling(facts)),
      ]
    }
  }

  func destination(
    _ end: Target.End?, _ seen: Result<DestinationFacts, DatabaseFailure>?, isSource: Bool
  ) -> [Condition] {
    guard let end else { return [] }
    switch reach(end, seen, "destination") {
    case .failure(let condition): return [condition] + stale(nil, end)
    case .success(let facts):
      let existence = condition(
        "destination_exists", facts.exists || facts.canCreate ? .note : .warning, end.path, missing(facts))
      return [condition("destination_reachable", .error, end.path, .holds), tls(facts.server, end), existence]
        + (isSource ? [] : publication(facts, end)) + stale(facts, end)
    }
  }

  /// The proof by a lock cannot be waived: the source would be overwritten.
  func both(_ source: Target.End?, _ destination: Target.End?, _ pair: DatabasePair) -> [Condition] {
    guard source != nil, let destination else { return [] }
    let state: Condition.State =
      switch pair.isSameDatabase {
      case false?: .holds
      case true?:
        .fails(
          "source and destination are one database: a lock taken in the source is held in the destination. Give the destination another database"
        )
      case nil: .unknown("whether source and destination are one database could not be tried")
      }
    let proof = Condition(
      "same_source_and_destination", .error, object.address, at: destination.path, state, isWaivable: false)
    return [proof] + beside(destination, pair)
  }

  func condition(
    _ code: String, _ severity: Severity, _ path: String, _ state: Condition.State
  ) -> Condition { Condition(code, severity, object.address, at: path, state) }

  /// A server that says no has been reached; one that says nothing is unknown.
  private func reach<Facts>(
    _ end: Target.End, _ seen: Result<Facts, DatabaseFailure>?, _ side: String
  ) -> ReachResult<Facts> {
    let code = "\(side)_reachable"
    if case .failure(let unresolved) = end.endpoint {
      return .failure(condition(code, .error, end.path, .fails(unresolved.reason)))
    }
    switch seen {
    case .success(let facts)?: return .success(facts)
    case .failure(let failure)?:
      let says = "\(failure.subject): \(failure.message)\(doubt(failure))"
      let isRefusal = [.loginRefused, .databaseMissing, .untrusted].contains(failure.kind)
      return .failure(condition(code, .error, end.path, isRefusal ? .fails(says) : .unknown(says)))
    case nil: return .failure(condition(code, .error, end.path, .unknown("it was not looked at")))
    }
  }

  /// libpq says only that the certificate was refused, not why.
  private func doubt(_ failure: DatabaseFailure) -> String {
    failure.message.contains("certificate verify failed")
      ? ". Either sslrootcert is not the authority that the server's certificate is from, or the certificate has expired"
      : ""
  }

  private enum ReachResult<Facts> {
    case success(Facts)
    case failure(Condition)
  }
}

extension TargetView {
  fileprivate func version(_ server: ServerFacts, _ end: Target.End) -> Condition {
    let major = server.version / 10_000
    let state: Condition.State =
      major < 14
      ? .fails("PostgreSQL \(major) is older than 14, the oldest that can be copied")
      : major > 18 ? .fails("PostgreSQL \(major) is newer than 18, the newest that was tested") : .holds
    return condition("source_version", major < 14 ? .error : .warning, end.path, state)
  }

  fileprivate func tls(_ server: ServerFacts, _ end: Target.End) -> Condition {
    let state: Condition.State =
      switch server.tls {
      case .unixSocket, .on(_, _, verifiesName: true): .holds
      case .off: .fails("the connection is not encrypted. Give it sslmode=verify-full and sslrootcert")
      case .on(_, verifiesAuthority: true, _):
        .fails("the server's certificate is checked, its name is not (sslmode=verify-ca). Give it sslmode=verify-full")
      case .on:
        .fails(
          "the connection is encrypted, but nothing proves who answers. Give it sslmode=verify-full and sslrootcert")
      }
    return condition("tls_unverified", .warning, end.path, state)
  }

  fileprivate func missingSchemas(_ facts: SourceFacts, _ selection: SchemaSelection) -> Condition.State {
    let missing = selection.included.filter { !facts.schemas.contains($0) }
    guard !missing.isEmpty else { return .holds }
    return .fails("\(listed(missing, "schema")) not in the source; there: \(facts.schemas.joined(separator: ", "))")
  }

  fileprivate func unreadable(_ facts: SourceFacts) -> Condition.State {
    guard !facts.unreadable.isEmpty else { return columnsOnly(facts) }
    return .fails(
      "role \(facts.server.role) may not read \(some(facts.unreadable)). GRANT USAGE on schemas, SELECT on tables and sequences"
    )
  }

  fileprivate func writes(_ facts: SourceFacts) -> Condition.State {
    guard !facts.writes.isEmpty else { return .holds }
    return .fails(
      "role \(facts.server.role) may write: \(some(facts.writes)). Give the source a role that can only read")
  }

  fileprivate func hiddenRows(_ facts: SourceFacts) -> Condition.State {
    guard !facts.hiddenRows.isEmpty else { return .holds }
    return .fails(
      "rows would be left out without a word: \(some(facts.hiddenRows)). Give the source a role with BYPASSRLS and waive source_role_can_write for it, or exclude the schema"
    )
  }

  fileprivate func definerFunctions(_ facts: SourceFacts) -> Condition.State {
    guard !facts.definerFunctions.isEmpty else { return .holds }
    return .fails(
      "role \(facts.server.role) may call functions that act with their owner's rights: \(some(facts.definerFunctions)). REVOKE EXECUTE where they write"
    )
  }

  fileprivate func missing(_ facts: DestinationFacts) -> Condition.State {
    if facts.exists { return .holds }
    return facts.canCreate
      ? .fails("\(facts.server.database) does not exist yet; a refresh creates it")
      : .fails(
        "\(facts.server.database) does not exist, and role \(facts.server.role) may not create it. ALTER ROLE … CREATEDB, or create it"
      )
  }

  /// The copy's age is known from the comment that its maker left; a copy that says nothing counts as too old.
  fileprivate func stale(_ facts: DestinationFacts?, _ end: Target.End) -> [Condition] {
    guard !isKeptFresh, let text = object.spec["refresh", "max_age"]?.string, let limit = DurationText.seconds(text)
    else {
      return []
    }
    let state: Condition.State
    if let facts {
      state = age(facts, limit: limit, text)
    } else {
      state = .unknown("the age of the copy could not be read")
    }
    return [condition("copy_stale", .warning, "refresh.max_age", state)]
  }

  private func age(_ facts: DestinationFacts, limit: Int, _ text: String) -> Condition.State {
    guard facts.exists else { return .fails("there is no copy yet, max_age is \(text)") }
    guard let built = facts.comment.flatMap(Target.builtAt) else {
      return .fails(
        "nothing says when the copy was made, max_age is \(text). COMMENT ON DATABASE … IS 'decant built_at=2026-11-21T02:00:00Z'"
      )
    }
    let seconds = Int(at.since(built).components.seconds)
    let hours = seconds >= 7_200 ? "\(seconds / 3_600) h" : "\(seconds / 60) min"
    return seconds <= limit ? .holds : .fails("the copy is \(hours) old, max_age is \(text)")
  }

  private func listed(_ names: [String], _ noun: String) -> String {
    "\(noun)\(names.count == 1 ? "" : "s") \(names.joined(separator: ", ")) \(names.count == 1 ? "is" : "are")"
  }

  /// The first few, and how many more there are.
  func some(_ items: [String]) -> String {
    let first = items.prefix(4).joined(separator: "; ")
    return items.count > 4 ? "\(first); and \(items.count - 4) more" : first
  }
}

extension Target {
  /// The hint in a database's comment: `decant built_at=2026-11-21T02:00:00Z`.
  static func builtAt(_ comment: String) -> Timestamp? {
    let mark = "decant built_at="
    guard let word = comment.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("built_at=") }),
      comment.hasPrefix(mark.prefix(6))
    else { return nil }
    return Timestamp(String(word.dropFirst("built_at=".count)))
  }
}

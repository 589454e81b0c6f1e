public import Runtime

/// The isolation levels that differ in PostgreSQL.
public enum Isolation: String, Sendable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}

/// What a reader does where row-level security would hide rows from it.
public enum RowSecurity: String, Sendable {
  /// The statement fails (`row_security=off`), so that a part is never taken for the whole.
  case refused = "off"
  /// The role sees what it may see.
  case applied = "on"
}

extension Session {
  /// Runs `body` in one transaction with fixed settings, so that what role, database or a pooler's former client have
  /// set changes no value and ends no statement.
  ///
  /// The settings are `SET LOCAL`, and nothing is prepared or set for the session: it works behind a pooler in
  /// transaction mode. The timeouts of the server are what is left of the deadline and a second more, so that ours
  /// comes first and theirs holds where we cannot reach the server any more.
  ///
  /// - Parameters:
  ///   - searchPath: schemas by name, quoted here. Temporary tables go before them, as always in PostgreSQL.
  ///   - body: runs its queries on the same session. An error of it rolls back and is thrown on.
  /// - Throws: `.outcomeUnknown` when COMMIT was sent and not answered, `.rolledBack` when it was answered so.
  public func transaction<Result>(
    readOnly: Bool, isolation: Isolation = .readCommitted, searchPath: [String] = ["pg_catalog"],
    rowSecurity: RowSecurity = .refused, deadline: Deadline, _ body: (Session) throws(DatabaseError) -> Result
  ) throws(DatabaseError) -> Result {
    let path = try quotedPath(searchPath)
    if let connection, !connection.isIdle {
      throw DatabaseError(.misused, "begin", at: subject, "a transaction is open already")
    }
    let access = readOnly ? "READ ONLY" : "READ WRITE"
    _ = try query("BEGIN ISOLATION LEVEL \(isolation.rawValue) \(access)", deadline: deadline, as: "begin")
    let result: Result
    do {
      try settle(path, rowSecurity, deadline)
      result = try body(self)
    } catch {
      throw rolledBack(after: error)
    }
    try commit(readOnly: readOnly, deadline)
    return result
  }

  /// Where names without a schema are looked up from now on, for the session: schemas by name, quoted here.
  public func lookUpNames(in schemas: [String], deadline: Deadline) throws(DatabaseError) {
    _ = try query(
      "SELECT pg_catalog.set_config('search_path', $1, false)", [try quotedPath(schemas)], deadline: deadline,
      as: "setting the search path")
  }

  private func quotedPath(_ schemas: [String]) throws(DatabaseError) -> String {
    // An empty list would read as "no schema named": PostgreSQL spells that as an empty name.
    guard !schemas.isEmpty else { return "\"\"" }
    do {
      return try schemas.map { (name) throws(UnquotableIdentifier) in try quoteIdentifier(name) }
        .joined(separator: ", ")
    } catch {
      throw DatabaseError(.misused, "begin", at: subject, "search_path: \(error.reason)")
    }
  }

  /// One round trip. `set_config(…, true)` is SET LOCAL as a function; it is named with its schema because the
  /// role's own search_path is still in force.
  private func settle(_ path: String, _ rowSecurity: RowSecurity, _ deadline: Deadline) throws(DatabaseError) {
    // The server's limit is that of an int4, in milliseconds.
    let timeout = "\(min(Int(deadline.milliseconds) + 1_000, Int(Int32.max)))"
    let settings =
      Self.fixedSettings + [
        ("search_path", path), ("row_security", rowSecurity.rawValue), ("statement_timeout", timeout),
        ("lock_timeout", timeout), ("idle_in_transaction_session_timeout", timeout),
      ]
    let calls = settings.indices.map { "pg_catalog.set_config($\($0 * 2 + 1), $\($0 * 2 + 2), true)" }
    _ = try query(
      "SELECT " + calls.joined(separator: ", "), settings.flatMap { [$0.0, $0.1] }, deadline: deadline, as: "settings")
  }

  /// Whatever changes how a value is written or which rows come first. Both ends of a copy use the same list.
  static let fixedSettings: [(name: String, value: String)] = [
    ("client_encoding", "UTF8"), ("DateStyle", "ISO,YMD"), ("IntervalStyle", "postgres"), ("TimeZone", "UTC"),
    ("extra_float_digits", "3"), ("bytea_output", "hex"), ("lc_monetary", "C"), ("synchronize_seqscans", "off"),
  ]
}

extension Session {
  /// The error to throw. Where the rollback fails too the session is closed, which ends the transaction as well.
  private func rolledBack(after cause: DatabaseError) -> DatabaseError {
    guard isOpen else { return cause }
    do {
      _ = try query("ROLLBACK", deadline: .after(Self.rollbackGrace), as: "rollback")
      return cause
    } catch {
      close()
      return cause.replacing(
        message: "\(cause.message); the rollback failed too (\(error.message)) and the session was closed")
    }
  }

  /// A rollback has its own short time, because the deadline may be what has just passed.
  private static let rollbackGrace = Duration.seconds(2)

  /// Whether a statement would stand alone.
  var isOutsideTransaction: Bool { connection?.isIdle ?? true }

  /// Rolls back in a time of its own; where that fails too the session is closed.
  func rollback() {
    guard isOpen else { return }
    do { _ = try query("ROLLBACK", deadline: .after(Self.rollbackGrace), as: "rollback") } catch { close() }
  }

  func commit(readOnly: Bool, _ deadline: Deadline) throws(DatabaseError) {
    let exchange = try begin("COMMIT", [], deadline, "commit")
    let rows: Rows
    do { rows = try exchange.finish(self) } catch {
      // An answered refusal (a deferred constraint) is certain. A lost answer is not, unless nothing could be written.
      guard !readOnly, !isOpen else { throw error }
      throw error.replacing(
        kind: .outcomeUnknown, message: "\(error.message); whether the transaction was committed is not known")
    }
    guard rows.command == "COMMIT" else {
      throw DatabaseError(
        .rolledBack, "commit", at: subject, "the server rolled back, because a statement before had failed")
    }
  }
}

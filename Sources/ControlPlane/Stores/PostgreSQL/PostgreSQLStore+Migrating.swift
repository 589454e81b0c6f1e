import PostgreSQL
import Reconciliation
import Runtime

/// Making the tables, and bringing them up to date.
extension PostgreSQLStore {
  /// Everything that is due in one transaction, alone: it holds the lock that every write shares. Whoever comes second
  /// finds nothing left to do.
  ///
  /// A lost answer is an error like any other here: no record can have changed, and the next call looks again.
  func migrate(interruptible: Bool, _ end: Deadline) throws(CallError) {
    do throws(CallError) {
      try transaction(readOnly: false, interruptible: interruptible, end) { transaction throws(CallError) in
        try transaction.lockAlone()
        try transaction.migrate(found: try transaction.look(), grants: creation)
      }
    } catch {
      guard case .database(let cause) = error else { throw error }
      throw .refused(.failed(failure(cause)))
    }
  }

  private func failure(_ error: DatabaseError) -> Failure {
    let described = RecordStoreError(error, "make the tables of", title, error.sqlstate == "42501" ? creation : nil)
    switch described {
    case .failed(let failure), .unknown(let failure): return failure
    case .held, .fenced: return Failure("make the tables of", title, cause: described.description)
    }
  }

  /// What somebody else has to do where this role may not make the tables.
  private var creation: String {
    let role = (try? quoteIdentifier(self.role)) ?? self.role
    return
      "the database's owner may run: CREATE SCHEMA \(schema.quoted) AUTHORIZATION \(role); or let the schema's owner apply first"
      .onOneLine
  }

  /// Missing tables are an empty control plane only where nothing of it is there: a failed read is never an empty set.
  func checkAbsence(_ end: Deadline) throws(CallError) {
    try transaction(readOnly: true, interruptible: !holdsLease, end) { transaction throws(CallError) in
      let found = try transaction.look()
      guard found.tables == 0 else { throw found.isOurs ? transaction.unfinished : transaction.foreign }
    }
  }
}

extension PostgreSQLTransaction {
  struct Found {
    let encoding: String
    let hasSchema: Bool
    /// How many things of our tables' names are there.
    let tables: Int
    let isOurs: Bool
  }

  /// What the catalogue says, which every role may read.
  func look() throws(CallError) -> Found {
    let sql = """
      SELECT current_setting('server_encoding'), EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
        count(*), coalesce(bool_or(relname = 'decant_migrations'), false)
      FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace
      WHERE nspname = $1 AND relname IN ('records', 'leases', 'audit', 'snapshots', 'checkpoints', 'decant_migrations')
      """
    let rows = try query("look into the schema", sql, [schema.name])
    return Found(
      encoding: rows[0, 0] ?? "", hasSchema: rows[0, 1] == "t", tables: try integer(rows[0, 2], "count"),
      isOurs: rows[0, 3] == "t")
  }

  func migrate(found: Found, grants: String) throws(CallError) {
    guard found.encoding == "UTF8" else {
      throw refusal("its encoding is \(found.encoding)", "make a database with ENCODING 'UTF8'")
    }
    guard found.isOurs || found.tables == 0 else { throw foreign }
    // Asked for, and not IF NOT EXISTS: that wants the right to create even where nothing is to be done.
    if !found.hasSchema { _ = try query("create the schema", "CREATE SCHEMA \(schema.quoted)") }
    for version in try present(found)..<schema.version {
      for statement in schema.steps[version] { _ = try query("create the tables", statement) }
      _ = try query(
        "note the version", "INSERT INTO \(schema.migrations) (version) VALUES ($1::integer)", ["\(version + 1)"])
    }
  }

  private func present(_ found: Found) throws(CallError) -> Int {
    guard found.isOurs else { return 0 }
    let text = try query("check of the version", "SELECT coalesce(max(version), 0) FROM \(schema.migrations)").single
    let version = try integer(text, "version")
    if version > schema.version { try check(version: text) }
    return version
  }

  var foreign: CallError {
    refusal(
      "it has tables of our names, and is not a control plane of Decant", "name another schema; it was left as it is")
  }

  var unfinished: CallError {
    refusal(
      "its tables are of an older version, or were made just now",
      "try again, or apply once with a role that may change them")
  }

  private func refusal(_ cause: String, _ hint: String) -> CallError {
    .refused(.failed(Failure("use", "the schema \(schema.name.onOneLine)", cause: cause, hint: hint)))
  }
}

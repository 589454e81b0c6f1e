import PostgreSQL
import Reconciliation
import Runtime

/// How a call becomes one transaction.
extension PostgreSQLStore {
  typealias Body<Result> = (PostgreSQLTransaction) throws(CallError) -> Result

  /// Reads of one instant. `absent` is the answer where no control plane was made yet.
  func read<Result>(
    _ operation: String, _ subject: String, absent: Result, within time: Duration? = nil, _ body: Body<Result>
  ) throws(RecordStoreError) -> Result {
    let end = Deadline.after(time ?? deadline)
    do throws(CallError) {
      return try transaction(readOnly: true, interruptible: !holdsLease, end, body)
    } catch {
      do throws(CallError) {
        guard case .unprepared = error else { throw error }
        try checkAbsence(end)
        return absent
      } catch {
        throw described(error, operation, subject, writing: false)
      }
    }
  }

  /// One transaction that may write. Makes or updates the tables first where that is due, and tries again where somebody came
  /// between: in both cases the transaction was rolled back, which is certain.
  func write<Result>(
    _ operation: String, _ subject: String, interruptible: Bool = false, within time: Duration? = nil,
    _ body: Body<Result>
  ) throws(RecordStoreError) -> Result {
    let end = Deadline.after(time ?? deadline)
    var attempts = 0
    do throws(CallError) {
      while true {
        attempts += 1
        do throws(CallError) {
          return try transaction(readOnly: false, interruptible: interruptible, end, body)
        } catch {
          guard attempts < Self.mostAttempts else { throw error }
          switch error {
          case .unprepared: try migrate(interruptible: interruptible, end)
          case .database(let cause) where cause.isContention: continue
          default: throw error
          }
        }
      }
    } catch {
      throw described(error, operation, subject, writing: true)
    }
  }

  private static let mostAttempts = 4

  /// Runs `body` on a session of the pool. A kept session may have ended since (the server was restarted, a pooler let
  /// go of it): where not even the transaction's beginning was answered, nothing can have been done, and a new one is
  /// opened.
  func transaction<Result>(readOnly: Bool, interruptible: Bool, _ end: Deadline, _ body: Body<Result>)
    throws(CallError) -> Result
  {
    if let kept = sessions.takeIdle(interruptible: interruptible) {
      var hasBegun = false
      do throws(CallError) {
        return try run(on: kept, readOnly: readOnly, end) { transaction throws(CallError) in
          hasBegun = true
          return try body(transaction)
        }
      } catch {
        guard !hasBegun, case .database(let cause) = error, cause.isLostConnection else { throw error }
        sessions.closeIdle()
      }
    }
    let session: IdleSession
    do { session = try sessions.connect(interruptible: interruptible, until: end) } catch { throw .database(error) }
    return try run(on: session, readOnly: readOnly, end, body)
  }

  private func run<Result>(on idle: IdleSession, readOnly: Bool, _ end: Deadline, _ body: Body<Result>)
    throws(CallError) -> Result
  {
    defer { sessions.giveBack(idle) }
    // Decided before anything was written, so whatever happens to the COMMIT that follows says nothing more.
    var decision: CallError?
    do {
      let result = try idle.session.transaction(
        readOnly: readOnly, isolation: readOnly ? .repeatableRead : .readCommitted, deadline: end
      ) { session throws(DatabaseError) -> Result? in
        do throws(CallError) {
          return try body(
            PostgreSQLTransaction(session: session, schema: schema, deadline: end, clock: clock))
        } catch {
          if case .database(let cause) = error { throw cause }
          decision = error
          return nil
        }
      }
      if let result { return result }
    } catch {
      throw decision ?? (error.isAboutMissingTables ? .unprepared : .database(error))
    }
    throw decision ?? .unprepared
  }
}

// MARK: What goes wrong

extension PostgreSQLStore {
  private func described(_ error: CallError, _ operation: String, _ subject: String, writing: Bool)
    -> RecordStoreError
  {
    switch error {
    case .refused(let error): return error
    case .unprepared:
      return .failed(Failure(operation, subject, cause: "the tables of \(title) changed while they were used"))
    case .database(let error):
      let hint = error.sqlstate == "42501" ? grants(writing: writing) : nil
      return RecordStoreError(error, operation, subject, hint)
    }
  }

  /// What the owner of the schema has to run for this role.
  private func grants(writing: Bool) -> String {
    let role = (try? quoteIdentifier(self.role)) ?? self.role
    let reading = "GRANT USAGE ON SCHEMA \(schema.quoted) TO \(role); "
    let tables =
      writing
      ? "GRANT SELECT, INSERT, UPDATE ON \(schema.records), \(schema.leases), \(schema.snapshots) TO \(role); "
        + "GRANT SELECT, INSERT, UPDATE, DELETE ON \(schema.checkpoints) TO \(role); "
        + "GRANT SELECT, INSERT ON \(schema.audit) TO \(role); GRANT SELECT ON \(schema.migrations) TO \(role)"
      : "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema.quoted) TO \(role)"
    return "its owner may run: \(reading)\(tables)".onOneLine
  }
}

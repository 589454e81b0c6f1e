import Documents
import SQL

/// Statements that have nothing to do in a copy that is made anew.
enum PassedOver {
  static func reason(_ statement: Statement, _ scope: LiftingScope) -> String? {
    switch statement.kind {
    case "TransactionStmt": return endsOrBegins(statement) ? "the copy is one transaction already" : nil
    case "VacuumStmt": return "the copy is made new and analysed"
    case "ReindexStmt", "ClusterStmt", "CheckPointStmt": return "the copy's indexes are made new"
    case "LockStmt": return "nobody else is in the copy"
    case "ConstraintsSetStmt": return "the copy's foreign keys are made when its rows are there"
    case "VariableSetStmt":
      return harmless.contains(statement.tree["name"]?.string ?? "")
        ? "the copy's sessions have settings of their own" : nil
    case "SelectStmt": return onlyReads(statement, scope) ? "it only reads" : nil
    default: return nil
    }
  }

  /// What went before would be undone.
  static func undoes(_ statement: Statement) -> Bool {
    statement.kind == "TransactionStmt" && !endsOrBegins(statement)
      && !["TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE"].contains(statement.tree["kind"]?.string ?? "")
  }

  private static func endsOrBegins(_ statement: Statement) -> Bool {
    let kinds: Set = [
      "TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT", "TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE",
    ]
    // `COMMIT AND CHAIN` is a commit like any other.
    return kinds.contains(statement.tree["kind"]?.string ?? "")
  }

  private static func onlyReads(_ statement: Statement, _ scope: LiftingScope) -> Bool {
    if statement.tree["intoClause"] != nil || statement.tree["withClause"] != nil { return false }
    let touched = Touched(statement, scope)
    var calls = false
    statement.tree.eachNode { kind, body in
      if kind == "FuncCall", ["nextval", "setval"].contains(body["funcname"]?.lastName ?? "") { calls = true }
    }
    return touched != .everything && !calls
  }

  private static let harmless: Set = [
    "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "work_mem", "maintenance_work_mem",
    "synchronous_commit", "client_min_messages", "application_name", "TRANSACTION", "temp_buffers",
    "max_parallel_workers_per_gather", "max_parallel_maintenance_workers", "jit",
  ]
}

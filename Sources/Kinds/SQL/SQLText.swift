import Documents
import Reconciliation
import Runtime
import SQL

/// A piece of SQL that an object declares: where it stands, and what it has to be.
struct SQLText {
  enum Role {
    /// Any statements.
    case statements
    /// One query that changes nothing.
    case query
    /// A condition behind WHERE.
    case condition
  }

  let path: String
  let text: String
  let role: Role

  init?(_ path: String, _ value: Value?, _ role: Role) {
    guard let text = value?.string else { return nil }
    self.path = path
    self.text = text
    self.role = role
  }

  /// The queries of checks at a path of an object.
  static func checks(at path: [String], of object: Declared) -> [SQLText] {
    let members = path.reduce(Optional(object.spec)) { $0?[$1] }?.object?.entries ?? []
    return members.compactMap { member in
      SQLText((path + [member.key, "query"]).joined(separator: "."), member.value["query"], .query)
    }
  }

  /// What the text says, read once per run.
  func facts(_ memo: Memo) -> SQLFacts {
    if role == .condition { return memo.value(for: text) { ConditionFacts(text) }.facts }
    return memo.value(for: text) { SQLFacts(text) }
  }

  /// What keeps it from being what it has to be.
  func defect(of object: Declared, _ memo: Memo) -> Diagnostic? {
    let facts = facts(memo)
    if let error = facts.error { return .syntax(error, self, object) }
    return role == .query && !facts.isOneQuery ? .notAQuery(facts, self, object) : nil
  }
}

extension Diagnostic {
  fileprivate static func syntax(_ error: SQLError, _ sql: SQLText, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "sql_syntax", "`\(sql.key)` is no SQL: \(error.message)",
      at: object.place(of: sql.path, byte: error.offset)
    )
  }

  fileprivate static func notAQuery(_ facts: SQLFacts, _ sql: SQLText, _ object: Declared) -> Diagnostic {
    let found =
      facts.kinds.isEmpty
      ? "nothing but blanks and comments"
      : facts.kinds.count > 1 ? "\(facts.kinds.count) statements" : "something that changes data"
    return Diagnostic(
      .error, "not_a_query", "a check is one query that changes nothing, and this is \(found)",
      at: object.place(of: sql.path, byte: facts.secondStatement ?? 0),
      label: "write one SELECT, VALUES or WITH … SELECT")
  }
}

extension SQLText {
  /// `override_query`, of its path.
  fileprivate var key: String { path.split(separator: ".").last.map(String.init) ?? path }
}

/// What was read out of one text; no tree is kept, because there may be ten thousand of them.
struct SQLFacts: Sendable {
  /// A place in the text, and what stands there: a pattern, a table, a domain.
  struct Spot: Sendable {
    let offset: Int
    let word: String
  }

  private(set) var error: SQLError?
  private(set) var kinds: [String] = []
  /// One statement, which reads and does nothing else.
  private(set) var isOneQuery = false
  private(set) var secondStatement: Int?
  /// Patterns with a `\b` in them.
  private(set) var backspaces: [Spot] = []
  /// Tables of which a DELETE leaves the newest rows, and nothing else in the text touches them.
  private(set) var keptRows: [Spot] = []
  /// Domains of the addresses that an UPDATE writes.
  private(set) var mailDomains: [Spot] = []

  init(error: SQLError) { self.error = error }

  init(_ text: String) {
    let statements: [Statement]
    do { statements = try SQL.parse(text) } catch {
      self.error = error
      return
    }
    kinds = statements.map(\.kind)
    secondStatement = statements.dropFirst().first?.range.lowerBound
    isOneQuery = statements.count == 1 && statements[0].onlyReads
    // Most texts have none of it, and a walk costs more than the parser.
    if text.utf8.contains(UInt8(ascii: "\\")) { backspaces = statements.flatMap(Backspaces.spots) }
    if kinds.contains("DeleteStmt") { keptRows = KeptRows.spots(statements) }
    if kinds.contains("UpdateStmt"), text.utf8.contains(UInt8(ascii: "@")) {
      mailDomains = statements.flatMap(MailDomains.spots)
    }
  }
}

/// A condition is read inside a query, once without brackets and once in them, so that it can leave neither.
private struct ConditionFacts: Sendable {
  let facts: SQLFacts

  init(_ text: String) {
    let open = "SELECT 1 FROM t WHERE "
    facts =
      ConditionFacts.error(in: text, behind: open, "") ?? ConditionFacts.error(in: text, behind: open + "(", "\n)")
      ?? SQLFacts("\(open)(\(text)\n)")
  }

  /// The first mistake, with its place in the condition itself.
  private static func error(in text: String, behind opening: String, _ closing: String) -> SQLFacts? {
    do {
      let statements = try SQL.parse(opening + text + closing)
      let second = statements.dropFirst().first?.range.lowerBound
      return second.map { SQLFacts(error: SQLError("a second statement stands here", at: $0 - opening.utf8.count)) }
    } catch {
      let offset = min(max(0, error.offset - opening.utf8.count), text.utf8.count)
      return SQLFacts(error: SQLError(error.message, at: offset))
    }
  }
}

extension Statement {
  /// A SELECT or VALUES that makes no table and has no INSERT, UPDATE or DELETE in its WITH.
  fileprivate var onlyReads: Bool {
    guard kind == "SelectStmt", tree["intoClause"] == nil else { return false }
    return !(tree["withClause", "ctes"]?.list ?? []).contains { cte in
      guard let query = cte.node("CommonTableExpr")?["ctequery"]?.node else { return false }
      return query.kind != "SelectStmt"
    }
  }
}

import PostgreSQL
import Runtime

/// The one transaction that puts a copy in place.
struct Swap {
  let publication: Publication
  /// Nothing where there is no destination yet.
  let replaced: DatabaseBelongings?
  let previous: ScratchName

  private var copy: String { publication.quarantine.name.name }

  /// Gives what could not be carried over.
  func run(in session: Session) throws(QuarantineFailure) -> [String] {
    let carried = try (replaced ?? Self.fresh).statements(for: copy)
    let reset = "ALTER ROLE CURRENT_USER IN DATABASE \(try quoted(copy)) RESET ALL"
    let after = try closing()
    let refused = try asking { () throws(DatabaseError) -> [String]? in
      try session.transaction(
        readOnly: false, deadline: publication.server.long
      ) { (session) throws(DatabaseError) -> [String]? in
        let there = try DatabaseState.oid(of: publication.destination, in: session, publication.server.short)
        guard there == replaced?.oid else { return nil }
        // The settings of the load go first: the previous copy may have had some for our role too.
        _ = try session.query(reset, deadline: publication.server.short, as: "put the copy in place")
        let refused = try carryOver(carried, in: session)
        for statement in after {
          _ = try session.query(statement, deadline: publication.server.long, as: "put the copy in place")
        }
        return refused
      }
    }
    guard let refused else { throw .refused("somebody else has replaced the destination meanwhile; nothing was done") }
    return refused
  }

  /// What a database has to which nobody has given anything.
  private static let fresh = DatabaseBelongings(
    oid: 0, owner: "", connectionLimit: -1, comment: nil, grants: nil, settings: [])

  /// Each in a savepoint: what the role may not set on the copy is told and does not undo the rest.
  private func carryOver(
    _ statements: [(sql: String, what: String)], in session: Session
  ) throws(DatabaseError) -> [String] {
    var refused: [String] = []
    let deadline = publication.server.short
    for (sql, what) in statements {
      _ = try session.query("SAVEPOINT carried", deadline: deadline, as: "carry over")
      do {
        _ = try session.query(sql, deadline: deadline, as: "carry over")
        _ = try session.query("RELEASE SAVEPOINT carried", deadline: deadline, as: "carry over")
      } catch {
        guard session.isOpen, error.kind == .server else { throw error }
        _ = try session.query("ROLLBACK TO SAVEPOINT carried", deadline: deadline, as: "carry over")
        refused.append("\(what): \(error.message)")
      }
    }
    return refused
  }

  /// The owner is given last of all, because that may take our rights.
  private func closing() throws(QuarantineFailure) -> [String] {
    let (copy, destination) = (try quoted(copy), try quoted(publication.destination))
    let previous = try quoted(previous.name)
    var statements: [String] = []
    if let comment = replaced?.comment, ScratchHint(comment: comment) == nil {
      statements.append("COMMENT ON DATABASE \(copy) IS \(quoteLiteral(comment))")
    }
    if replaced != nil {
      statements += [
        "COMMENT ON DATABASE \(destination) IS \(quoteLiteral(ScratchHint(self.previous).comment))",
        "ALTER DATABASE \(destination) ALLOW_CONNECTIONS false",
        "ALTER DATABASE \(destination) RENAME TO \(previous)",
      ]
    }
    statements.append("ALTER DATABASE \(copy) RENAME TO \(destination)")
    if let replaced { statements.append("ALTER DATABASE \(destination) OWNER TO \(try quoted(replaced.owner))") }
    return statements
  }
}

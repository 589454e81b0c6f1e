import CLibPQ
import Runtime

extension DatabaseError {
  /// The server's refusal of a statement.
  ///
  /// DETAIL, CONTEXT, HINT and QUERY are never read: they print rows. The primary message is kept only where the server
  /// itself words it; see `mayHoldValues`.
  static func refusal(_ result: ResultOwner, _ operation: String, at subject: String) -> DatabaseError? {
    guard let sqlstate = result.field("C") else { return nil }
    let names = Names(
      schema: result.field("s"), table: result.field("t"), column: result.field("c"), constraint: result.field("n"),
      dataType: result.field("d"))
    let message =
      mayHoldValues(sqlstate, raisedBy: result.field("R"))
      ? withheld(sqlstate, names) : result.field("M") ?? withheld(sqlstate, names)
    let kind: Kind = sqlstate == "3D000" ? .databaseMissing : sqlstate.hasPrefix("28") ? .refusedLogin : .server
    return DatabaseError(kind, operation, at: subject, message, sqlstate: sqlstate, names: names)
  }

  /// True where a primary message can hold what a row or a function put into it: data exceptions (22) and integrity
  /// violations (23), external routines (38, 39), PL/pgSQL's own (P0), conditions that PostgreSQL never sets itself,
  /// and whatever RAISE said under a borrowed code.
  private static func mayHoldValues(_ sqlstate: String, raisedBy function: String?) -> Bool {
    ["22", "23", "38", "39", "P0"].contains(sqlstate.prefix(2)) || ConditionName.of(sqlstate) == nil
      || function == "exec_stmt_raise"
  }

  private static func withheld(_ sqlstate: String, _ names: Names) -> String {
    let condition = ConditionName.of(sqlstate) ?? "condition \(sqlstate)"
    let objects = [
      ("table", names.table.map { [names.schema, $0].compactMap(\.self).joined(separator: ".") }),
      ("column", names.column), ("constraint", names.constraint),
      ("type", names.dataType.map { [names.schema, $0].compactMap(\.self).joined(separator: ".") }),
    ].compactMap { label, name in name.map { "\(label) \($0)" } }
    let suffix = objects.isEmpty ? "" : " on " + objects.joined(separator: ", ")
    return "\(condition)\(suffix); the server's words are withheld, they may hold values"
  }
}

extension DatabaseError {
  /// A failed connection, from libpq's text at verbosity VERBOSE: "connection to server at "127.0.0.1", port 5432
  /// failed: FATAL:  28P01: password authentication failed for user "ro"", then DETAIL, HINT and LOCATION on lines of
  /// their own. libpq 15 gives the SQLSTATE of a failed connection in no other way.
  static func connectionFailure(
    _ text: String, wantsPassword: Bool, at subject: String, without secrets: [Secret]
  ) -> DatabaseError {
    let text = redacted(text, without: secrets)
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
      .filter { line in !droppedLines.contains { line.hasPrefix($0) } }
    let (sqlstate, lead) = splitSQLState(lines)
    let told = lead.joined(separator: "; ")
    return DatabaseError(
      kind(sqlstate, text, wantsPassword), "connect", at: subject, told.isEmpty ? "no reason given" : told,
      sqlstate: sqlstate)
  }

  private static let droppedLines = ["DETAIL:", "HINT:", "LOCATION:", "CONTEXT:", "QUERY:"]

  private static func kind(_ sqlstate: String?, _ text: String, _ wantsPassword: Bool) -> Kind {
    if let sqlstate {
      return sqlstate == "3D000" ? .databaseMissing : sqlstate.hasPrefix("28") ? .refusedLogin : .server
    }
    if wantsPassword { return .refusedLogin }
    // PGSERVICE names a service that is not there: libpq has no keyword against that variable.
    if text.hasPrefix("definition of service") { return .misused }
    // The network's own failures also carry "SSL" when they come in the middle of a handshake.
    let network = ["SSL SYSCALL", "EOF detected", "Connection reset", "closed the connection"]
    if network.contains(where: text.contains) { return .unreachable }
    if ["SSL", "certificate"].contains(where: text.contains) { return .untrusted }
    let garbage = ["expected authentication request", "lost synchronization", "invalid response", "message contents"]
    return garbage.contains(where: text.contains) ? .protocolViolation : .unreachable
  }

  /// Finds "SEVERITY:  28P01: " and takes it out; what is before it (libpq's address) and after it stays.
  private static func splitSQLState(_ lines: [String]) -> (sqlstate: String?, lines: [String]) {
    for (index, line) in lines.enumerated() {
      guard let match = line.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) else { continue }
      var kept = lines
      kept[index].replaceSubrange(match.range, with: ": ")
      return (String(match.1), kept)
    }
    return (nil, lines)
  }

  /// A server that was told the password in the clear could say it back.
  private static func redacted(_ text: String, without secrets: [Secret]) -> String {
    secrets.reduce(text) { text, secret in
      secret.withValue { value in value.isEmpty ? text : text.replacing(value, with: "(secret)") }
    }
  }
}

public import Runtime

extension Session {
  /// Runs exactly one statement and gives its rows.
  ///
  /// Parameters are sent as text beside the statement, never inside it; `$1::type` says what they are. Outside of
  /// `transaction` the settings are those of role and database, so values may look otherwise.
  ///
  /// - Parameter operation: what errors call it. Our words, never SQL.
  /// - Throws: after `.timedOut`, `.interrupted`, `.connectionLost` and `.protocolViolation` the session is closed.
  public func query(
    _ sql: String, _ parameters: [String?] = [], deadline: Deadline, as operation: String = "query"
  ) throws(DatabaseError) -> Rows {
    let exchange = try begin(sql, parameters, deadline, operation)
    return try exchange.finish(self)
  }

  /// Sends nothing when time is up or the interrupt raised: then it is certain that nothing was done.
  func begin(
    _ sql: String, _ parameters: [String?], _ deadline: Deadline, _ operation: String
  ) throws(DatabaseError) -> Exchange {
    guard let connection else { throw .closed(operation, at: subject) }
    guard !sql.utf8.contains(0), !parameters.contains(where: { $0?.utf8.contains(0) ?? false }) else {
      throw DatabaseError(.misused, operation, at: subject, "a text with a NUL byte cannot be sent to PostgreSQL")
    }
    guard parameters.count <= 65_535 else {
      throw DatabaseError(.misused, operation, at: subject, "a statement has at most 65535 parameters")
    }
    if interrupt?.isRaised ?? false {
      close()
      throw .waitEnded(.interrupted, operation, at: subject, deadline)
    }
    if deadline.hasPassed {
      close()
      throw .waitEnded(.timedOut, operation, at: subject, deadline)
    }
    guard connection.send(sql, parameters) else { throw broken(connection, operation) }
    return Exchange(connection: connection, deadline: deadline, operation: operation)
  }

  /// Closes, and says in our own words what happened: libpq's text after connecting can hold a server's DETAIL.
  func broken(_ connection: Connection, _ operation: String) -> DatabaseError {
    let kind: DatabaseError.Kind = connection.brokeProtocol ? .protocolViolation : .connectionLost
    close()
    let message =
      kind == .connectionLost
      ? "the connection broke before the answer was complete" : "the answer was not PostgreSQL's protocol"
    return DatabaseError(kind, operation, at: subject, message)
  }
}

/// One statement on its way: sent, and its answer not yet complete.
struct Exchange {
  let connection: Connection
  let deadline: Deadline
  let operation: String
  /// For a stream: how long nothing may move. It takes the place of the deadline, and every wait begins it anew.
  var stall: Duration?

  func finish(_ session: Session) throws(DatabaseError) -> Rows {
    try flush(session)
    return try finish(session, after: nil)
  }

  /// Takes what is left of the answer; of several results the last one counts, but for a refusal.
  func finish(_ session: Session, after first: ResultOwner?) throws(DatabaseError) -> Rows {
    var answer = first
    while let result = try next(session) {
      if result.status == .copying {
        session.cancelAndClose()
        throw DatabaseError(.misused, operation, at: session.subject, "COPY is not a query")
      }
      if answer?.status != .refused { answer = result }
    }
    guard let answer else { throw session.broken(connection, operation) }
    guard answer.status == .refused else { return Rows(answer) }
    guard let refusal = DatabaseError.refusal(answer, operation, at: session.subject) else {
      throw session.broken(connection, operation)
    }
    if connection.hasFailed { session.close() }
    throw refusal
  }

  /// While our words are on their way the server's are taken in too, or both ends could wait for each other.
  func flush(_ session: Session) throws(DatabaseError) {
    while true {
      switch connection.flush() {
      case .done: return
      case .lost:
        // The server's last words may explain why; `next` finds them.
        guard connection.consume() else { throw session.broken(connection, operation) }
        return
      case .more:
        try wait([.reading, .writing], session)
        guard connection.consume() else { throw session.broken(connection, operation) }
      }
    }
  }

  func next(_ session: Session) throws(DatabaseError) -> ResultOwner? {
    while connection.isBusy, connection.socket >= 0 {
      try wait(.reading, session)
      guard connection.consume() else { throw session.broken(connection, operation) }
    }
    return connection.nextResult()
  }

  func wait(_ awaited: Awaited, _ session: Session) throws(DatabaseError) {
    let limit = stall.map(Deadline.after) ?? deadline
    let wakening = PostgreSQL.wait(for: awaited, on: connection.socket, until: limit, or: session.interrupt)
    guard wakening != .ready else { return }
    session.cancelAndClose()
    throw .waitEnded(wakening, operation, at: session.subject, limit)
  }
}

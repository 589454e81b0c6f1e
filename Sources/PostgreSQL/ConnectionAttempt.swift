import Runtime

/// One way from parameters to a connection: names to addresses, then one address after another.
struct ConnectionAttempt {
  let parameters: ConnectionParameters
  let deadline: Deadline
  let interrupt: Interrupt?
  let resolver: Resolver

  /// A place to try: a socket folder, or a name with one of its addresses.
  private struct Candidate {
    var host, address, port: String?
  }

  func run() throws(DatabaseError) -> Connection {
    if let (keyword, path) = parameters.unreadableFile {
      throw failure(.misused, "\(keyword) names \(path), which cannot be read")
    }
    var failures: [DatabaseError] = []
    let hosts = try hosts()
    for (index, host) in hosts.enumerated() {
      do throws(DatabaseError) {
        let after = hosts.count - index - 1
        return try connect(toAnyOf: try resolved(host, until: share(of: after + 1)), andOthers: after)
      } catch {
        guard Self.mayTryNext(error, deadline) else { throw error }
        failures.append(error)
      }
    }
    throw summary(failures)
  }

  private func connect(toAnyOf candidates: [Candidate], andOthers later: Int) throws(DatabaseError) -> Connection {
    var failures: [DatabaseError] = []
    for (index, candidate) in candidates.enumerated() {
      do throws(DatabaseError) {
        return try connect(candidate, until: share(of: candidates.count - index + later))
      } catch {
        guard Self.mayTryNext(error, deadline) else { throw error }
        failures.append(error)
      }
    }
    throw summary(failures)
  }

  /// Another address may answer where this one is dead; it will not be more lenient about a password.
  private static func mayTryNext(_ error: DatabaseError, _ deadline: Deadline) -> Bool {
    switch error.kind {
    case .unreachable, .server: true
    case .timedOut: !deadline.hasPassed
    default: false
    }
  }

  private func summary(_ failures: [DatabaseError]) -> DatabaseError {
    guard let last = failures.last else { return failure(.unreachable, "there is no address to connect to") }
    guard failures.count > 1 else { return last }
    var told: [String] = []
    for failure in failures where !told.contains(failure.message) { told.append(failure.message) }
    return last.replacing(message: told.joined(separator: "; "))
  }

  /// A dead address costs its part of the time and leaves the rest to the others.
  private func share(of places: Int) -> Deadline {
    guard places > 1 else { return deadline }
    let left = deadline.instant - ContinuousClock.now
    return deadline.earlier(.after(left / places))
  }

  private func failure(_ kind: DatabaseError.Kind, _ message: String) -> DatabaseError {
    DatabaseError(kind, "connect", at: parameters.subject, message)
  }
}

extension ConnectionAttempt {
  /// The hosts in their order; `host`, `hostaddr` and `port` may be lists of equal length (libpq's manual, section
  /// "Specifying Multiple Hosts"), a single port serves all.
  private func hosts() throws(DatabaseError) -> [Candidate] {
    let names = list("host")
    let addresses = list("hostaddr")
    let ports = list("port")
    let count = max(names.count, addresses.count, 1)
    for (keyword, values) in [("host", names), ("hostaddr", addresses), ("port", ports)] {
      guard values.isEmpty || values.count == count || keyword == "port" && values.count == 1 else {
        throw failure(.misused, "\(keyword) has \(values.count) entries for \(count) hosts")
      }
    }
    return (0..<count).map { index in
      Candidate(
        host: names.isEmpty ? nil : names[index], address: addresses.isEmpty ? nil : addresses[index],
        port: ports.isEmpty ? nil : ports[ports.count == 1 ? 0 : index])
    }
  }

  private func list(_ keyword: String) -> [String] {
    parameters[keyword].map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
  }

  /// libpq would call `getaddrinfo` inside `PQconnectStart`; it does not where `hostaddr` is given.
  private func resolved(_ host: Candidate, until deadline: Deadline) throws(DatabaseError) -> [Candidate] {
    guard let name = host.host, host.address == nil, !name.isEmpty, !name.hasPrefix("/"), !name.hasPrefix("@") else {
      return [host]
    }
    let resolver = self.resolver
    switch abandonable(until: deadline, or: interrupt, { resolver(name) }) {
    case .finished(.success(let addresses)):
      return addresses.map { Candidate(host: name, address: $0, port: host.port) }
    case .finished(.failure(let cause)):
      throw failure(.unreachable, "the name \(name) has no address: \(cause.reason)")
    case .timedOut:
      throw failure(
        .timedOut(granted: self.deadline.granted),
        "the name \(name) was not resolved within \(deadline.granted.spoken)")
    case .interrupted: throw failure(.interrupted, "interrupted")
    case .notStarted: throw failure(.unreachable, "the system has no thread left to resolve the name \(name)")
    }
  }

  private func connect(_ candidate: Candidate, until deadline: Deadline) throws(DatabaseError) -> Connection {
    var values = parameters.settled()
    values["host"] = candidate.host
    values["hostaddr"] = candidate.address
    values["port"] = candidate.port ?? Keyword.defaultPort
    guard let connection = Connection(values, secrets: parameters.secrets) else {
      throw failure(.unreachable, "there is no memory left for a connection")
    }
    try refuseForeign(connection, given: Set(values.keys).union(parameters.secrets.keys))
    // libpq wants a first wait for writing before the first PQconnectPoll.
    var step: Connection.Step = connection.hasFailed ? .failed : .wait(.writing)
    while case .wait(let awaited) = step {
      let wakening = wait(for: awaited, on: connection.socket, until: deadline, or: interrupt)
      guard wakening == .ready else {
        throw .waitEnded(wakening, "connect", at: parameters.subject, self.deadline)
      }
      step = connection.advance()
    }
    if case .connected = step { return connection }
    throw .connectionFailure(
      connection.failureText, wantsPassword: connection.wantedPassword, at: parameters.subject,
      without: Array(parameters.secrets.values))
  }

  /// Before the first byte of ours is sent, libpq says what it is about to use.
  private func refuseForeign(_ connection: Connection, given: Set<String>) throws(DatabaseError) {
    let foreign = ConnectionParameters.foreign(given: given, inForce: connection.settings)
    guard !foreign.isEmpty else { return }
    let list = foreign.map { "\($0.keyword) from \($0.variable)" }.joined(separator: ", ")
    throw failure(.misused, "the environment would add settings that are not declared: \(list); unset them")
  }
}

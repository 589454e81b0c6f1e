public import Runtime

/// One connection to one database, used by one thread. Every call has a deadline of its own and ends at the interrupt.
///
/// What outlives its deadline is cancelled on the server, and the session is closed: an answer that may still come
/// would otherwise be taken for the answer to the next question.
///
/// One thing is out of reach: a hostile server that asks for an absurd number of SCRAM rounds keeps libpq computing
/// inside a single call.
public final class Session {
  public let subject: String
  /// 150018 is 15.18.
  public let serverVersion: Int
  public let tls: TLSState
  /// The process number in the key for cancelling, told while connecting (manual, section 55.2.1). A server tells its
  /// own, which `pg_backend_pid()` gives too; a pooler that shares servers among its clients has to tell another one.
  public let announcedProcess: Int
  /// What was verified of the server. Always `.nothing` without TLS.
  public let verified: TLSVerification

  let interrupt: Interrupt?
  private(set) var connection: Connection?

  /// Connects; `connect_timeout`, where given and not 0, shortens the deadline.
  public convenience init(
    connecting parameters: ConnectionParameters, deadline: Deadline, interrupt: Interrupt? = nil
  ) throws(DatabaseError) {
    try self.init(
      connecting: parameters, deadline: deadline, interrupt: interrupt, resolver: systemAddresses(of:))
  }

  init(
    connecting parameters: ConnectionParameters, deadline: Deadline, interrupt: Interrupt?, resolver: @escaping Resolver
  ) throws(DatabaseError) {
    let seconds = parameters["connect_timeout"].flatMap { Int64($0) } ?? 0
    let deadline = seconds > 0 ? deadline.earlier(.after(.seconds(seconds))) : deadline
    let attempt = ConnectionAttempt(
      parameters: parameters, deadline: deadline, interrupt: interrupt, resolver: resolver)
    let connection = try attempt.run()
    self.connection = connection
    self.interrupt = interrupt
    subject = parameters.subject
    serverVersion = connection.serverVersion
    announcedProcess = connection.announcedProcess
    tls = connection.tls
    if case .on = connection.tls { verified = parameters.verificationAskedFor } else { verified = .nothing }
  }

  /// False after an error that left nothing to go on with.
  public var isOpen: Bool { connection != nil }

  /// Closes at once. An open transaction is rolled back by the server.
  public func close() { connection = nil }

  /// Asks the server to stop what it does, waits for that no longer than a second, and closes.
  func cancelAndClose() {
    guard let cancellation = connection?.cancellation() else { return close() }
    _ = abandonable(until: .after(Self.cancelGrace), or: nil) { cancellation.request() }
    close()
  }

  /// How long a cancel may take. It is on top of the deadline that has just passed.
  static let cancelGrace = Duration.seconds(1)
}

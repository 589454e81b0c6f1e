import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// Asks a source what may be slow to answer: each question in a read-only transaction of its own, with the settings of
/// a copy, which the server ends by itself. What was not answered costs that answer and nothing else.
final class PatientReader {
  private let source: DatabaseEndpoint
  private let world: CopyWorld
  private let limits: Limits
  private let end: Deadline
  private var session: Session?

  struct Limits {
    /// Held by the server, for each statement.
    var statement = Duration.seconds(5)
    var total = Duration.seconds(30)
  }

  init(_ source: DatabaseEndpoint, _ world: CopyWorld, _ limits: Limits = Limits()) {
    (self.source, self.world, self.limits) = (source, world, limits)
    end = .after(limits.total)
  }

  /// How long a stream may stand still; longer than the server's own limit, which costs no session.
  var stall: Duration { limits.statement + .seconds(5) }

  func ask<Answer>(
    _ question: (Session, CopyInstant) throws(RefreshFailure) -> Answer
  ) throws(RefreshFailure) -> Answer {
    if world.interrupt.isRaised { throw .interrupted }
    guard !end.hasPassed else { throw .refused("the time for looking was over") }
    let session = try open()
    let (deadline, milliseconds) = (world.short, "\(Int(limits.statement / .milliseconds(1)))")
    let transaction = try reaching { () throws(DatabaseError) in
      try CopyTransaction(on: session, for: .reading, deadline: deadline)
    }
    defer { transaction.rollback() }
    let now = try reaching { () throws(DatabaseError) in
      try session.query(
        "SELECT pg_catalog.transaction_timestamp()::pg_catalog.text, pg_catalog.set_config('statement_timeout', $1, true)",
        [milliseconds], deadline: deadline, as: "settings")
    }
    guard let text = now.first?[0], let instant = CopyInstant(text) else {
      throw .refused("the source gave no time that can be used")
    }
    return try question(session, instant)
  }

  private func open() throws(RefreshFailure) -> Session {
    if let session, session.isOpen { return session }
    let opened = try world.connect(source)
    try reaching { () throws(DatabaseError) in try opened.settleForCopying(deadline: world.short) }
    session = opened
    return opened
  }
}

import PostgreSQL
import Runtime
private import Synchronization

/// The open sessions that nobody is using. Between two calls a session has no transaction and no state, so a pooler
/// may give its server connection to others.
///
/// A call takes a session out and gives it back: threads do not wait for each other, and a session is in one hand.
final class SessionPool: Sendable {
  private let parameters: ConnectionParameters
  private let connectTimeout: Duration
  private let interrupt: Interrupt?
  private let idle = Mutex<[IdleSession]>([])

  /// More are closed after their call.
  private static let mostIdle = 4

  init(_ parameters: ConnectionParameters, connectTimeout: Duration, interrupt: Interrupt?) {
    self.parameters = parameters
    self.connectTimeout = connectTimeout
    self.interrupt = interrupt
  }

  /// One that was used before, and may have ended meanwhile.
  func takeIdle(interruptible: Bool) -> IdleSession? {
    let interruptible = interruptible && interrupt != nil
    return idle.withLock { idle in
      idle.lastIndex { $0.isInterruptible == interruptible }.map { idle.remove(at: $0) }
    }
  }

  func connect(interruptible: Bool, until deadline: Deadline) throws(DatabaseError) -> IdleSession {
    let interruptible = interruptible && interrupt != nil
    let session = try Session(
      connecting: parameters, deadline: deadline.earlier(.after(connectTimeout)),
      interrupt: interruptible ? interrupt : nil)
    return IdleSession(session, isInterruptible: interruptible)
  }

  func giveBack(_ session: IdleSession) {
    guard session.session.isOpen else { return }
    idle.withLock { if $0.count < Self.mostIdle { $0.append(session) } }
  }

  func closeIdle() { idle.withLock { $0 = [] } }
}

/// `@unchecked Sendable`: it is either in the pool or in the hand of the one call that took it out, and `SessionPool`
/// gives it to nobody else until that call gives it back.
final class IdleSession: @unchecked Sendable {
  let session: Session
  let isInterruptible: Bool

  init(_ session: Session, isInterruptible: Bool) {
    self.session = session
    self.isInterruptible = isInterruptible
  }
}

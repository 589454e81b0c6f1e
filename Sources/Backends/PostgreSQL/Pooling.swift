import PostgreSQL
import Reconciliation
import Runtime

/// Whether a pooler stands before a server, and whether it shares sessions between transactions.
///
/// A server tells its process number twice: in the key for cancelling, while connecting, and by `pg_backend_pid()`. A
/// pooler has to make up the first, because it does not know yet which server will serve us; so a difference proves a
/// pooler. Which mode it is in nobody says, so it is tried: a second connection comes while the first is idle between
/// transactions. Where either meets a server's process that was the other's, or sees two processes, sessions are shared.
struct Pooling {
  let session: Session
  /// The process that served the first transaction.
  let process: Int
  let open: () throws(DatabaseFailure) -> Session

  /// Poolers take the server that was used last, or the next in turn; with the latter and two servers, the second round
  /// meets the first one's.
  private static let rounds = 2
  /// In session mode with all servers taken, the second connection would wait for as long as the pooler lets it.
  private static let patience = Duration.seconds(2)

  /// A pooler that gives no second session within the time tells nothing, and breaks nothing.
  func probe() -> SourceFacts.Pooling {
    do throws(DatabaseFailure) {
      let second = try open()
      do throws(DatabaseError) {
        return try isShared(with: second) ? .byTransaction : .bySession
      } catch {
        return .unknown(error.message)
      }
    } catch {
      return .unknown(error.message)
    }
  }

  /// The first asks while the second holds a transaction open: then it cannot have the same server.
  private func isShared(with second: Session) throws(DatabaseError) -> Bool {
    var (mine, theirs): (Set<Int>, Set<Int>) = ([process], [])
    for _ in 0..<Self.rounds {
      let deadline = Deadline.after(Self.patience)
      try second.transaction(readOnly: true, deadline: deadline) { (second) throws(DatabaseError) in
        theirs.insert(try Self.process(of: second, deadline))
        guard mine.isDisjoint(with: theirs) else { return }
        try session.transaction(readOnly: true, deadline: deadline) { (first) throws(DatabaseError) in
          _ = mine.insert(try Self.process(of: first, deadline))
        }
      }
      if !mine.isDisjoint(with: theirs) || mine.count > 1 || theirs.count > 1 { return true }
    }
    return false
  }

  private static func process(of session: Session, _ deadline: Deadline) throws(DatabaseError) -> Int {
    Int(try session.query("SELECT pg_backend_pid()", deadline: deadline, as: "ask for the process").single ?? "") ?? 0
  }
}

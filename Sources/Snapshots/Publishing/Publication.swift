import PostgreSQL
import Runtime

/// Puts a finished copy in the place of the destination by two renames in one transaction.
///
/// Before the transaction commits, the destination is as it was; after it, the copy is the destination and the previous
/// one waits under another name to be dropped. There is nothing in between for a crash to leave behind.
public struct Publication: Sendable {
  public let quarantine: Quarantine
  /// How long to wait until nobody is connected to the destination.
  public var patience: Duration
  /// Whether sessions that are connected to the destination are ended, or only waited for and then named.
  public var disconnects: Bool
  /// Whether the previous copy is left for `dropPrevious`: its name tells that this copy took its place, for whoever has
  /// to write that down first.
  public var keepsPrevious = false

  public init(of quarantine: Quarantine, patience: Duration = .seconds(30), disconnects: Bool = false) {
    self.quarantine = quarantine
    self.patience = patience
    self.disconnects = disconnects
  }

  public struct Outcome: Sendable, Hashable {
    /// What the destination had and the copy could not be given; each one line.
    public var notCarriedOver: [String] = []
    /// The previous copy, where it could not be dropped. The next sweep does it.
    public var remaining: String?
    /// It had been done before: by a run that did not live to say so.
    public var wasDone = false
  }

  var server: MaintenanceConnection { quarantine.server }
  var destination: String { quarantine.name.destination }
  var previous: ScratchName? { ScratchName(destination: destination, id: quarantine.name.id, role: .previous) }

  /// - Throws: `.occupied` where sessions stay; the copy is then as finished as before and can be published later.
  ///   `.unknown` where the answer to the commit was lost and the server cannot be asked again within the patience.
  public func publish() throws(QuarantineFailure) -> Outcome {
    guard let previous else { throw .refused("the name \(quarantine.name) cannot be used") }
    let until = Deadline.after(patience)
    var outcome = Outcome()
    rounds: while true {
      switch try standing() {
      case .published:
        outcome.wasDone = true
        break rounds
      case .ready(let replaced):
        do throws(QuarantineFailure) {
          outcome.notCarriedOver = try attempt(replaced, previous, until)
          break rounds
        } catch {
          // An error is not "not done": the answer may have got lost, and a round before may have been late.
          guard case .database(let cause) = error else { throw error }
          if try isPublished(after: cause, until) { break rounds }
          guard cause.leavesOutcomeUnknown, !until.hasPassed else { throw error }
        }
      }
    }
    if !keepsPrevious { outcome.remaining = dropPrevious() }
    return outcome
  }

  private enum Standing {
    case published
    case ready(DatabaseBelongings?)
  }

  /// By the number of the copy and never by names alone.
  private func standing() throws(QuarantineFailure) -> Standing {
    let (there, copy) = try asking { () throws(DatabaseError) in
      let session = try server.open()
      return (
        try DatabaseBelongings.read(destination, in: session, server.short),
        try DatabaseState.oid(of: quarantine.name.name, in: session, server.short)
      )
    }
    if there?.oid == quarantine.oid { return .published }
    guard copy == quarantine.oid else {
      throw .refused("the finished copy \(quarantine.name) is not there any more, or is another database")
    }
    return .ready(there)
  }

  /// One round: waits for room, then renames. Gives what could not be carried over.
  private func attempt(
    _ replaced: DatabaseBelongings?, _ previous: ScratchName, _ until: Deadline
  ) throws(QuarantineFailure) -> [String] {
    let session = try asking { () throws(DatabaseError) in try server.open() }
    let swap = Swap(publication: self, replaced: replaced, previous: previous)
    while true {
      if let replaced { try waitForRoom(replaced.oid, in: session, until) }
      do throws(QuarantineFailure) {
        return try ending(replaced) { () throws(QuarantineFailure) in try swap.run(in: session) }
      } catch {
        guard case .database(let cause) = error, cause.sqlstate == "55006", let replaced else { throw error }
        if until.hasPassed { throw .occupied(try occupants(replaced.oid, session)) }
      }
    }
  }

  private func ending<Result>(
    _ replaced: DatabaseBelongings?, _ body: () throws(QuarantineFailure) -> Result
  ) throws(QuarantineFailure) -> Result {
    guard disconnects, let replaced else { return try body() }
    return try SessionEnder().ending(replaced.oid, on: server, during: body)
  }

  /// A rename keeps others out while it waits, so without `disconnects` it is not tried while somebody is in.
  private func waitForRoom(_ oid: UInt32, in session: Session, _ until: Deadline) throws(QuarantineFailure) {
    guard !disconnects else { return }
    let pause = try interruptOrSilence()
    while true {
      let occupants = try occupants(oid, session)
      if occupants.isEmpty { return }
      if until.hasPassed { throw .occupied(occupants) }
      if pause.wait(until: until.earlier(.after(.milliseconds(250)))) { throw .refused("interrupted") }
    }
  }

  /// What a pause waits on: the interrupt, or one that nobody raises.
  private func interruptOrSilence() throws(QuarantineFailure) -> Interrupt {
    if let interrupt = server.interrupt { return interrupt }
    do throws(InterruptUnavailable) { return try Interrupt() } catch { throw .refused(error.description) }
  }

  private func occupants(_ oid: UInt32, _ session: Session) throws(QuarantineFailure) -> [Occupant] {
    try asking { () throws(DatabaseError) in try Occupant.read(of: oid, in: session, server.short) }
  }

  /// Asks again until the server answers or time is up.
  private func isPublished(after lost: DatabaseError, _ until: Deadline) throws(QuarantineFailure) -> Bool {
    let pause = try interruptOrSilence()
    while true {
      do throws(QuarantineFailure) {
        if case .published = try standing() { return true }
        return false
      } catch {
        guard case .database(let cause) = error, cause.sqlstate == nil, !until.hasPassed,
          !(server.interrupt?.isRaised ?? false)
        else {
          throw .unknown(
            "whether the copy is in place is not known: \(lost.message); asked again: \(error.description)")
        }
      }
      _ = pause.wait(until: until.earlier(.after(.milliseconds(200))))
    }
  }

  /// Whether the copy is in its place, without doing anything.
  ///
  /// - Throws: where the server cannot be asked.
  public func isInPlace() throws(QuarantineFailure) -> Bool {
    do throws(QuarantineFailure) {
      if case .published = try standing() { return true }
      return false
    } catch {
      guard case .refused = error else { throw error }
      return false
    }
  }

  /// Drops the copy that was replaced, and gives its name where it could not be dropped. The next sweep does it then.
  public func dropPrevious() -> String? {
    guard let previous else { return nil }
    do throws(DatabaseError) {
      let session = try server.open()
      guard try DatabaseState.oid(of: previous.name, in: session, server.short) != nil else { return nil }
      guard let quoted = try? quoted(previous.name) else { return previous.name }
      _ = try session.query(
        "DROP DATABASE IF EXISTS \(quoted) WITH (FORCE)", deadline: server.long, as: "drop the previous copy")
      return nil
    } catch { return previous.name }
  }
}

extension DatabaseError {
  /// The statement may have been done although this is an error.
  var leavesOutcomeUnknown: Bool {
    switch kind {
    case .outcomeUnknown, .connectionLost, .timedOut, .protocolViolation: true
    default: false
    }
  }
}

import Documents
import PostgreSQL
import Reconciliation
import Runtime

extension LiveCopies {
  /// Who is connected to the destination now, and what a refresh would do with them; nothing where there is no
  /// destination yet.
  func connected(to order: CopyOrder) throws(RefreshFailure) -> ConnectedSessions? {
    let session = try world.connect(order.destination, database: order.destination.maintenanceDatabase)
    let until = Deadline.after(Self.ending)
    while let occupants = try occupants(of: order.destinationName, session) {
      if until.hasPassed || !occupants.contains(where: { order.isOurs($0) }) {
        return ConnectedSessions(Self.grouped(occupants), order.fateOfSessions)
      }
      if world.interrupt.wait(until: until.earlier(.after(.milliseconds(100)))) { throw .interrupted }
    }
    return nil
  }

  private func occupants(of name: String, _ session: Session) throws(RefreshFailure) -> [Occupant]? {
    try reaching { () throws(DatabaseError) -> [Occupant]? in
      guard let number = try DatabaseState.oid(of: name, in: session, world.short) else { return nil }
      return try Occupant.read(of: number, in: session, world.short)
    }
  }

  private static func grouped(_ occupants: [Occupant]) -> [ConnectedSessions.Group] {
    let alike = Dictionary(grouping: occupants) { occupant in
      var kind = occupant
      kind.address = nil
      return kind
    }
    return alike.map { kind, all in
      ConnectedSessions.Group(
        role: kind.role, application: kind.application, arePrepared: kind.isPreparedTransaction, count: all.count)
    }
  }

  /// A session that was closed here a moment ago is still ending there.
  private static let ending = Duration.seconds(2)
}

extension CopyOrder {
  fileprivate var fateOfSessions: ConnectedSessions.Fate {
    options["disconnect"]?.bool ?? false ? .ended : .waitedFor(seconds: Int(waitingTime.components.seconds))
  }

  /// As our own sessions are called, by the destination's role.
  fileprivate func isOurs(_ occupant: Occupant) -> Bool {
    occupant.application == "decant" && occupant.role == destination.parameters["user"]
  }
}

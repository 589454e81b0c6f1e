import PostgreSQL
import Reconciliation
import Runtime

/// Keeps a load away from the source, and from everything that is read-only.
///
/// Three proofs, because each is blind somewhere. Names: the same words for both. A lock: the source's own session takes
/// one by a random number, and the destination cannot have it where both are one database; for this the source has to
/// be in reach. Numbers: the archive knows the source's cluster and the number of its database, which holds where nobody
/// can reach the source, and between a primary and its standby. Where none of them can tell, nothing is loaded.
struct SourceGuard {
  let order: LoadOrder
  let origin: DatabaseIdentity?
  let world: CopyWorld

  func expectOther(_ maintenance: MaintenanceConnection) throws(RefreshFailure) {
    if let guarded = order.guarded.first(where: { $0.endpoint.isNamed(like: order.destination) }) {
      throw refusal(guarded.title)
    }
    let server = try reaching { () throws(DatabaseError) in try maintenance.open() }
    let number = try reaching { () throws(DatabaseError) in
      try DatabaseState.oid(of: order.destinationName, in: server, world.short)
    }
    guard number != nil else { return }
    let there = try world.connect(order.destination)
    var source = Proof.none
    for guarded in order.guarded where guarded.isAsked {
      let proof = prove(guarded.endpoint, there)
      if proof == .same { throw refusal(guarded.title) }
      if guarded.isOwnSource { source = proof }
    }
    try expectOtherNumber(there, source)
  }

  private func expectOtherNumber(_ there: Session, _ source: Proof) throws(RefreshFailure) {
    guard source != .other else { return }
    guard let origin, let present = DatabaseIdentity.read(in: there, world.short) else {
      // The lock holds between any two databases but those of a primary and its standby.
      if source == .otherOfStandby { return }
      throw .refused(
        "whether \(order.destination.title) is the source could not be found out; make the source reachable from here, or GRANT EXECUTE ON FUNCTION pg_control_system() to both roles"
      )
    }
    if origin == present { throw refusal("the source of the snapshot, or a clone of its disk") }
  }

  private func refusal(_ title: String) -> RefreshFailure {
    .refused("\(order.destination.title) is \(title): nothing is ever loaded over it")
  }

  enum Proof { case same, other, otherOfStandby, none }

  /// Asked for a few seconds only: whoever loads a copy has often no way to the source.
  private func prove(_ endpoint: DatabaseEndpoint, _ there: Session) -> Proof {
    guard let parameters = try? world.parameters(endpoint, nil),
      let here = try? Session(
        connecting: parameters, deadline: .after(min(world.connectTimeout, .seconds(5))), interrupt: world.interrupt)
    else { return .none }
    let key = "\(Int64.random(in: .min ... .max))"
    let deadline = world.short
    let answer = try? here.transaction(readOnly: true, deadline: deadline) { here throws(DatabaseError) -> Proof in
      _ = try here.query("SELECT pg_catalog.pg_advisory_xact_lock($1::bigint)", [key], deadline: deadline, as: "lock")
      let got = try there.transaction(readOnly: true, deadline: deadline) { there throws(DatabaseError) in
        try there.query(
          "SELECT pg_catalog.pg_try_advisory_xact_lock($1::bigint)", [key], deadline: deadline, as: "lock"
        ).single
      }
      // Asked last: the lock was held until now.
      let standby = try here.query(
        "SELECT pg_catalog.pg_is_in_recovery()", deadline: deadline, as: "look for a standby")
      if got == "f" { return .same }
      return got == "t" ? (standby.single == "f" ? .other : .otherOfStandby) : .none
    }
    return answer ?? .none
  }
}

extension LoadOrder {
  var destinationName: String { destination.parameters["dbname"] ?? destination.parameters["user"] ?? "" }
}

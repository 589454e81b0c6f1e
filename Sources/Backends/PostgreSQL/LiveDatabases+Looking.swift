import PostgreSQL
public import Reconciliation
import Runtime

extension LiveDatabases {
  public func look(
    at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection
  ) -> DatabasePair {
    if let source, let destination, gate.canAdmit([source.pool, destination.pool]) {
      return lookTogether(at: source, and: destination, schemas)
    }
    let sourceFacts = source.map { source in
      alone(source) { () throws(DatabaseFailure) in try observe(source, schemas, nil) }
    }
    let destinationFacts = destination.map { destination in
      alone(destination) { () throws(DatabaseFailure) in try observe(destination, nil) }
    }
    guard let source, let destination, case .success = sourceFacts, case .success(let facts) = destinationFacts else {
      return DatabasePair(source: sourceFacts, destination: destinationFacts, isSameDatabase: nil)
    }
    // Too few connections are allowed for a proof; the same words for both are as good as one.
    let isSame: Bool? = !facts.exists ? false : source.isSpelledLike(destination) ? true : nil
    return DatabasePair(source: sourceFacts, destination: destinationFacts, isSameDatabase: isSame)
  }

  private func alone<Facts>(
    _ endpoint: DatabaseEndpoint, _ observe: () throws(DatabaseFailure) -> Facts
  ) -> Result<Facts, DatabaseFailure> {
    guard gate.enter([endpoint.pool], unless: [interrupt].compactMap(\.self)) else {
      return .failure(.interrupted(endpoint))
    }
    defer { gate.leave(endpoint.pool) }
    return Result { () throws(DatabaseFailure) in try observe() }
  }

  /// Either side's result; `concurrently` gives results of one type.
  private enum Seen: Sendable {
    case source(Result<SourceFacts, DatabaseFailure>)
    case destination(Result<DestinationFacts, DatabaseFailure>)
  }

  private func lookTogether(
    at source: DatabaseEndpoint, and destination: DatabaseEndpoint, _ schemas: SchemaSelection
  ) -> DatabasePair {
    guard gate.enter([source.pool, destination.pool], unless: [interrupt].compactMap(\.self)) else {
      return DatabasePair(
        source: .failure(.interrupted(source)), destination: .failure(.interrupted(destination)), isSameDatabase: nil)
    }
    let proof = try? SameDatabaseProof(interrupt: interrupt)
    let patience = Self.proofGrace + max(connectTimeout(of: source), connectTimeout(of: destination))
    let seen = concurrently([true, false], limit: 2) { isSource in
      if isSource {
        defer { gate.leave(source.pool) }
        return Seen.source(
          Result { () throws(DatabaseFailure) in try observe(source, schemas, proof.map { ($0, patience) }) })
      }
      defer { gate.leave(destination.pool) }
      return Seen.destination(
        Result { () throws(DatabaseFailure) in try observe(destination, proof.map { ($0, patience) }) })
    }
    return pair(seen, proof)
  }

  /// The time for the other side's own queries, on top of its time for connecting.
  private static let proofGrace = Duration.seconds(5)

  private func pair(_ seen: [Seen], _ proof: SameDatabaseProof?) -> DatabasePair {
    var source: Result<SourceFacts, DatabaseFailure>?
    var destination: Result<DestinationFacts, DatabaseFailure>?
    for side in seen {
      switch side {
      case .source(let result): source = result
      case .destination(let result): destination = result
      }
    }
    var isSame: Bool?
    if case .success = source, case .success(let facts) = destination {
      isSame = facts.exists ? proof?.isSame : false
    }
    return DatabasePair(source: source, destination: destination, isSameDatabase: isSame)
  }
}

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
    return judged(sourceFacts, destinationFacts, proved: nil, areSpelledAlike: spelledAlike(source, destination))
  }

  private func spelledAlike(_ source: DatabaseEndpoint?, _ destination: DatabaseEndpoint?) -> Bool {
    guard let source, let destination else { return false }
    return source.isSpelledLike(destination)
  }

  /// Where both were reached and no proof could be had (one connection is all that is allowed, or all that a pooler
  /// has), the same words for both are as good as one; other words prove nothing.
  private func judged(
    _ source: Result<SourceFacts, DatabaseFailure>?, _ destination: Result<DestinationFacts, DatabaseFailure>?,
    proved: Bool?, areSpelledAlike: Bool
  ) -> DatabasePair {
    var isSame: Bool?
    if case .success = source, case .success(let facts) = destination {
      isSame = !facts.exists ? false : proved ?? (areSpelledAlike ? true : nil)
    }
    return DatabasePair(source: source, destination: destination, isSameDatabase: isSame)
  }

  private func alone<Facts>(
    _ endpoint: DatabaseEndpoint, _ observe: () throws(DatabaseFailure) -> Facts
  ) -> Result<Facts, DatabaseFailure> {
    guard gate.enter([endpoint.pool], unless: [interrupt].compactMap(\.self)) else {
      return .failure(notAdmitted(endpoint))
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
        source: .failure(notAdmitted(source)), destination: .failure(notAdmitted(destination)), isSameDatabase: nil)
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
    return pair(seen, proved: proof?.isSame, areSpelledAlike: source.isSpelledLike(destination))
  }

  /// The time for the other side's own queries, on top of its time for connecting.
  private static let proofGrace = Duration.seconds(5)

  private func pair(_ seen: [Seen], proved: Bool?, areSpelledAlike: Bool) -> DatabasePair {
    var source: Result<SourceFacts, DatabaseFailure>?
    var destination: Result<DestinationFacts, DatabaseFailure>?
    for side in seen {
      switch side {
      case .source(let result): source = result
      case .destination(let result): destination = result
      }
    }
    return judged(source, destination, proved: proved, areSpelledAlike: areSpelledAlike)
  }
}

/// Stands in for live databases where nobody is to look at them (`--no-observe`): everything about them is unknown.
public struct UnobservedDatabases: Databases {
  public init() {}

  public var observes: Bool { false }

  public func look(
    at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection
  ) -> DatabasePair {
    DatabasePair(
      source: source.map { .failure(Self.failure(of: $0)) },
      destination: destination.map { .failure(Self.failure(of: $0)) },
      isSameDatabase: nil)
  }

  public func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer] {
    queries.map { _ in CheckAnswer(.failed(Self.failure(of: endpoint)), duration: .zero) }
  }

  private static func failure(of endpoint: DatabaseEndpoint) -> DatabaseFailure {
    DatabaseFailure(.notObserved, endpoint.title, "not observed (--no-observe)")
  }
}

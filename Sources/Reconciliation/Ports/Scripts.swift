import Documents
import Runtime

/// What one query of a script gave, as texts.
public enum ScriptAnswer: Sendable {
  /// All rows, but no more than `ScriptAnswer.rowLimit`; `isCut` where there were more.
  case rows(columns: [String], [[String?]], isCut: Bool, Duration)
  case failed(DatabaseFailure, Duration)

  public static let rowLimit = 1_000
}

extension Databases {
  public func runScript(
    _ queries: [String], searchPath: [String], on endpoint: DatabaseEndpoint
  ) -> [ScriptAnswer] {
    let failure = DatabaseFailure(.notObserved, endpoint.title, "nothing can be run here")
    return queries.map { _ in .failed(failure, .zero) }
  }
}

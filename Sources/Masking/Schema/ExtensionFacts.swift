/// What extensions have brought of which the catalogue says that it gives the same for the same (IMMUTABLE), so that SQL
/// over it may be computed where rows are read.
public struct ExtensionFacts: Sendable, Hashable {
  /// Types with everything that casts, compares and reads their values, as `format_type` names them.
  public var types: [String: QualifiedName] = [:]
  /// Operators by name: all of that name that are not PostgreSQL's own.
  public var operators: Set<String> = []
  /// Of these, those that take nothing but PostgreSQL's own types: what is meant by them hangs on whether
  /// their schemas are in the search path.
  public var overloads: [String: Set<String>] = [:]
  /// The schemas of functions, none of which has a name of PostgreSQL's own.
  public var functions: [String: String] = [:]
  /// Names of functions, harmless or not, that PostgreSQL has too.
  public var namesakes: Set<String> = []

  public init() {}
}

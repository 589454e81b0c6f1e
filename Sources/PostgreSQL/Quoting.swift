import Runtime

/// A name that PostgreSQL cannot have.
public struct UnquotableIdentifier: Error, Sendable, CustomStringConvertible {
  public let reason: String
  public var description: String { "this cannot be a name in PostgreSQL: \(reason)" }
}

/// The name in double quotes, so that it is taken letter for letter (manual, section 4.1.1).
///
/// A name with a NUL byte would end early in libpq, and an empty one is no name: both are refused. Names of more than
/// 63 bytes are cut by the server with a notice; that is left to the caller, who knows whether it matters.
public func quoteIdentifier(_ name: String) throws(UnquotableIdentifier) -> String {
  if name.isEmpty { throw UnquotableIdentifier(reason: "it is empty") }
  if name.utf8.contains(0) { throw UnquotableIdentifier(reason: "it contains a NUL byte") }
  return doubleQuoted(name)
}

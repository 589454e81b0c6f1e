public import PostgreSQL

/// Why a copy could not be made, loaded or put in place. Holds no value of a row and no secret.
public enum QuarantineFailure: Error, Sendable, Hashable {
  case database(DatabaseError)
  case tool(ToolFailure)
  /// It cannot be done as it was asked for; one line that says why and what to do.
  case refused(String)
  /// Somebody is connected to the destination. The copy is finished and stays where it is.
  case occupied([Occupant])
  /// The connection broke and the server could not be asked again: it may or may not have been done.
  case unknown(String)
}

/// A session, or a prepared transaction, that is in the way.
public struct Occupant: Sendable, Hashable, CustomStringConvertible {
  public var role: String
  public var application: String
  /// "10.0.0.7", "a local socket"; nothing where the server does not tell it to our role.
  public var address: String?
  public var isPreparedTransaction: Bool

  public init(role: String, application: String, address: String?, isPreparedTransaction: Bool = false) {
    self.role = role
    self.application = application
    self.address = address
    self.isPreparedTransaction = isPreparedTransaction
  }

  public var description: String {
    if isPreparedTransaction { return "a prepared transaction of \(role)" }
    let program = application.isEmpty ? "" : " with \(application)"
    return "\(role)\(program)" + (address.map { " from \($0)" } ?? "")
  }
}

extension QuarantineFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .database(let error): error.description
    case .tool(let error): error.description
    case .refused(let sentence): sentence
    case .occupied(let occupants):
      "connected to the destination: " + occupants.map(\.description).joined(separator: "; ")
    case .unknown(let sentence): sentence
    }
  }
}

/// Why there is no answer. It names method and host, never a header, a query or a body.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// No connection came about: name, route, port, or TLS.
    case unreachable
    /// The server's certificate is not trusted, or not for this name.
    case untrusted
    case timedOut
    case interrupted
    /// The connection ended before the answer did.
    case lost
    /// What came is not HTTP.
    case unreadable
    /// More came than was to be taken.
    case tooLarge
    case refusedBySink
    /// A file of ours could not be read.
    case localFile
    /// libcurl itself could not work.
    case library
  }

  public let kind: Kind
  /// `PUT s3.example:9000`
  public let subject: String
  public let message: String
  /// Whether bytes of the request went out: then it may have been carried out, whatever is said here.
  public let mayHaveArrived: Bool

  public init(_ kind: Kind, _ subject: String, _ message: String, mayHaveArrived: Bool) {
    self.kind = kind
    self.subject = subject
    self.message = message
    self.mayHaveArrived = mayHaveArrived
  }

  public var description: String { "\(subject): \(message)" }
}

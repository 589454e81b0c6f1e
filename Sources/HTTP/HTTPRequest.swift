public import Runtime

/// One request. Nothing of it is read from the environment: no proxy, no cookie, no netrc.
public struct HTTPRequest: Sendable {
  public enum Method: String, Sendable, Hashable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
  }

  public enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// Those bytes of a file, which is read while it is sent.
    case file(path: String, range: Range<Int>)

    public var count: Int {
      switch self {
      case .none: 0
      case .bytes(let bytes): bytes.count
      case .file(_, let range): range.count
      }
    }
  }

  public var method: Method
  /// `https://host:port/path?query`, sent as it stands: nothing is encoded or shortened any more.
  public var url: String
  public var headers: [HTTPHeader]
  public var body: Body

  public init(_ method: Method, _ url: String, headers: [HTTPHeader] = [], body: Body = .none) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }

  /// Sending it twice does what sending it once does (RFC 9110, section 9.2.2).
  public var isIdempotent: Bool { method != .post }
}

/// A header of a request; the value of a secret one is in no error and no description.
public struct HTTPHeader: Sendable {
  public enum Value: Sendable {
    case plain(String)
    case secret(Secret)
  }

  public let name: String
  public let value: Value

  public init(_ name: String, _ value: String) { (self.name, self.value) = (name, .plain(value)) }
  public init(_ name: String, secret: Secret) { (self.name, value) = (name, .secret(secret)) }

  func withLine<Result>(_ use: (String) -> Result) -> Result {
    switch value {
    // libcurl takes "Name;" for a header with an empty value, and "Name:" for one to leave out.
    case .plain(let text): use(text.isEmpty ? "\(name);" : "\(name): \(text)")
    case .secret(let secret): secret.withValue { use("\(name): \($0)") }
    }
  }
}

/// What a server answered, whatever its status.
public struct HTTPAnswer: Sendable {
  public let status: Int
  /// Names in lower case, in the order in which they came; of an interim answer (100 Continue), none.
  public let headers: [(name: String, value: String)]
  /// What did not go into a sink: the whole body, or that of an error.
  public let body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public subscript(_ name: String) -> String? { headers.last { $0.name == name }?.value }

  public var isSuccess: Bool { (200..<300).contains(status) }
}

/// How long a request may take. All are counted on the monotonic clock.
public struct HTTPLimits: Sendable {
  /// Until the connection stands, TLS included.
  public var connect: Duration
  /// For how long nothing may move in either direction, the wait for the answer included.
  public var stall: Duration
  /// For everything together; nothing for uploads and downloads of any size.
  public var total: Duration?
  public var interrupt: Interrupt?

  public init(
    connect: Duration = .seconds(10), stall: Duration = .seconds(30), total: Duration? = nil,
    interrupt: Interrupt? = nil
  ) {
    self.connect = connect
    self.stall = stall
    self.total = total
    self.interrupt = interrupt
  }
}

/// Where the body of a successful answer goes, piece by piece.
public protocol HTTPSink: AnyObject {
  /// Throws where it wants no more; the request then ends with `.refusedBySink`.
  func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPSinkRefusal)
}

public struct HTTPSinkRefusal: Error, Sendable, Hashable {
  public let reason: String
  public init(_ reason: String) { self.reason = reason }
}

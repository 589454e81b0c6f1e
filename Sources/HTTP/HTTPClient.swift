private import CLibCurl
private import Synchronization

/// Sends requests, one per calling thread at a time, and keeps connections for the next ones.
///
/// TLS is always verified. Redirects are not followed: a signature is for one host. A status of 400 or 500 is an answer
/// and no error.
public final class HTTPClient: Sendable {
  public struct Settings: Sendable {
    /// Certificates in PEM to trust in place of the system's.
    public var certificateFile: String?
    /// `http://proxy:3128`; without it none is used, whatever the environment says.
    public var proxy: String?
    public var userAgent: String

    public init(certificateFile: String? = nil, proxy: String? = nil, userAgent: String = "decant") {
      self.certificateFile = certificateFile
      self.proxy = proxy
      self.userAgent = userAgent
    }
  }

  private let settings: Settings
  /// Handles that nobody uses at the moment, with their open connections.
  private let idle = Mutex<[Handle]>([])

  /// A handle is in the pool or with one thread, never both: so it may go from one to the other.
  private struct Handle: @unchecked Sendable {
    let transfer: Transfer
  }

  /// As many connections are kept.
  private static let mostIdle = 16

  /// Once for the process, before its first transfer (libcurl-thread(3)).
  private static let isStarted = decant_curl_start() == CURLE_OK

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Sends the request and waits for the whole answer.
  ///
  /// - Parameters:
  ///   - sink: takes the body of a successful answer; without it, the body is in the answer.
  ///   - mostBytes: of a body that is kept in memory; a larger one is `.tooLarge`.
  public func send(
    _ request: HTTPRequest, _ limits: HTTPLimits = HTTPLimits(), into sink: (any HTTPSink)? = nil,
    mostBytes: Int = 8 << 20
  ) throws(HTTPError) -> HTTPAnswer {
    // A line end in a header would be a header of somebody else's.
    let isClean = request.headers.allSatisfy { header in
      header.withLine { $0.utf8.allSatisfy { $0 >= 32 && $0 != 127 } }
    }
    guard isClean, request.url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw HTTPError(.library, request.subject, "a control character is in the URL or a header", mayHaveArrived: false)
    }
    let handle = try take(for: request)
    let exchange = Exchange(request, sink: sink, mostBytes: mostBytes)
    let answer = try handle.transfer.run(exchange, limits, settings)
    // After an error the connection is in doubt, and goes with its handle.
    idle.withLock { if $0.count < Self.mostIdle { $0.append(handle) } }
    return answer
  }

  private func take(for request: HTTPRequest) throws(HTTPError) -> Handle {
    if let handle = idle.withLock({ $0.popLast() }) { return handle }
    guard Self.isStarted, let transfer = Transfer() else {
      throw HTTPError(.library, request.subject, "libcurl cannot be started", mayHaveArrived: false)
    }
    return Handle(transfer: transfer)
  }
}

extension HTTPRequest {
  /// Method and host, for sentences.
  var subject: String {
    let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    let authority = parts.count > 2 ? parts[2].prefix { $0 != "?" } : ""
    return "\(method.rawValue) \(authority.split(separator: "@").last ?? "")"
  }
}

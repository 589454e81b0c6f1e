import HTTP
import Reconciliation
import Runtime

/// One request to S3, and in which words to complain about it.
struct S3Call: Sendable {
  let method: HTTPRequest.Method
  /// Of the object, below the prefix; nothing for the bucket.
  let name: String?
  let operation: String
  let subject: String
  var query: [(name: String, value: String)] = []
  var body = HTTPRequest.Body.none
  /// SHA-256 of the body.
  var payload = AWSSigning.emptyPayload

  init(_ method: HTTPRequest.Method, _ name: String?, _ operation: String, _ subject: String) {
    self.method = method
    self.name = name
    self.operation = operation
    self.subject = subject
  }

  func problem(_ kind: ObjectStoreError.Kind, _ cause: String, hint: String? = nil) -> S3Problem {
    S3Problem(error: ObjectStoreError(kind, operation, subject, cause, hint: hint))
  }
}

/// How one sending of a request failed.
struct S3Problem: Error {
  let error: ObjectStoreError
  /// The next try may go well.
  var isPassing = false
  /// The server may have done it.
  var mayHaveArrived = false
  /// S3's own word for it: `NoSuchUpload`.
  var code: String?
}

extension S3Store {
  /// Sends what may be sent again until it is answered, with growing pauses.
  func again<Result>(_ call: S3Call, _ send: () throws(S3Problem) -> Result) throws(ObjectStoreError) -> Result {
    var attempt = 1
    while true {
      do throws(S3Problem) { return try send() } catch {
        guard error.isPassing, attempt < attempts else { throw error.error }
      }
      try pause(after: attempt, call)
      attempt += 1
    }
  }

  /// 0.2 s, 0.4 s, 0.8 s …
  func pause(after attempt: Int, _ call: S3Call) throws(ObjectStoreError) {
    let deadline = Deadline.after(.milliseconds(100 << min(attempt, 6)))
    guard let interrupt = limits.interrupt ?? (try? Interrupt()) else { return }
    if interrupt.wait(until: deadline) { throw call.problem(.interrupted, "interrupted").error }
  }

  /// Sends once. An answer of the server that is no success is a problem.
  func send(
    _ call: S3Call, into sink: (any HTTPSink)? = nil, mostBytes: Int = 8 << 20, within limits: HTTPLimits? = nil
  ) throws(S3Problem) -> HTTPAnswer {
    let message = AWSSigning.Message(
      call.method, host: place.host, path: place.path(call.name), query: call.query, payload: call.payload)
    let request = HTTPRequest(
      call.method, place.origin + message.encodedTarget, headers: signing.headers(for: message, at: clock()),
      body: call.body)
    let answer: HTTPAnswer
    do throws(HTTPError) {
      answer = try client.send(request, limits ?? self.limits, into: sink, mostBytes: mostBytes)
    } catch {
      throw problem(error, call)
    }
    guard answer.isSuccess else { throw problem(answer, call) }
    return answer
  }

  /// Sends what clears up behind us: also after an interrupt, but not for long.
  func tidy(_ call: S3Call) throws(S3Problem) -> HTTPAnswer {
    var limits = limits
    (limits.interrupt, limits.total) = (nil, .seconds(15))
    return try send(call, within: limits)
  }

  private func problem(_ error: HTTPError, _ call: S3Call) -> S3Problem {
    let kind: ObjectStoreError.Kind =
      switch error.kind {
      case .unreachable, .untrusted, .lost: .unreachable
      case .timedOut: .timedOut
      case .interrupted: .interrupted
      case .unreadable, .tooLarge: .damaged
      case .refusedBySink, .localFile, .library: .failed
      }
    var problem = call.problem(kind, error.description)
    problem.isPassing = [.unreachable, .lost, .timedOut, .unreadable].contains(error.kind)
    problem.mayHaveArrived = error.mayHaveArrived
    return problem
  }

  /// S3's error codes: "Error responses", Amazon S3 API Reference.
  func problem(_ answer: HTTPAnswer, _ call: S3Call) -> S3Problem {
    let said = XMLElement(answer.body)
    let code = said?["Code"]?.text ?? ""
    let words = "the server says \(answer.status)" + (Self.isWord(code) ? " \(code)" : "")
    var problem: S3Problem
    switch (answer.status, code) {
    case (_, "RequestTimeTooSkewed"):
      problem = call.problem(.denied, words, hint: "set this machine's clock: signatures are good for 15 minutes")
    case (_, "SignatureDoesNotMatch"), (_, "InvalidAccessKeyId"):
      problem = call.problem(.denied, words, hint: "check the profile's access and secret key")
    case (401, _), (403, _): problem = call.problem(.denied, words)
    case (404, _): problem = call.problem(.missing, words)
    case (300..<400, _):
      let region = answer["x-amz-bucket-region"].map { "the bucket is in \($0); " } ?? ""
      problem = call.problem(.failed, words, hint: "\(region)check the profile's region and endpoint")
    case (400, "XAmzContentSHA256Mismatch"), (400, "BadDigest"):
      problem = call.problem(.damaged, "\(words): other bytes arrived than were sent")
    case (507, _), (_, "QuotaExceeded"): problem = call.problem(.full, words)
    default: problem = call.problem(answer.status >= 500 ? .unreachable : .failed, words)
    }
    problem.isPassing = answer.status >= 500 && answer.status != 501 && answer.status != 507 || answer.status == 429
    problem.mayHaveArrived = answer.status >= 500
    problem.code = code
    return problem
  }

  /// A server's word goes into a sentence only where it is one.
  private static func isWord(_ code: String) -> Bool {
    !code.isEmpty && code.utf8.count < 64
      && code.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
  }
}

import Documents
public import Runtime

/// Who signs. The secrets have no way to text.
public struct AWSCredentials: Sendable {
  public let accessKeyID: String
  public let secretKey: Secret
  /// Of temporary credentials (STS).
  public let sessionToken: Secret?

  public init(accessKeyID: String, secretKey: Secret, sessionToken: Secret? = nil) {
    self.accessKeyID = accessKeyID
    self.secretKey = secretKey
    self.sessionToken = sessionToken
  }
}

/// AWS Signature Version 4, in headers.
///
/// Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", Amazon S3 API Reference.
/// libcurl's own signer (7.88) signs sub-resources and unsorted queries wrongly, so every request is signed here.
public struct AWSSigning: Sendable {
  public let credentials: AWSCredentials
  /// `us-east-1`
  public let region: String
  /// `s3`
  public let service: String

  public init(_ credentials: AWSCredentials, region: String, service: String = "s3") {
    self.credentials = credentials
    self.region = region
    self.service = service
  }

  /// SHA-256 of an empty body.
  public static let emptyPayload = sha256("")

  /// What a request says to the signer; the host as it goes into the `Host` header, with a port that is not the default.
  public struct Message: Sendable {
    public var method: HTTPRequest.Method
    public var host: String
    /// Not encoded, beginning with a slash: `/bucket/a b.txt`.
    public var path: String
    /// Not encoded, in any order. A sub-resource such as `?lifecycle` has an empty value.
    public var query: [(name: String, value: String)]
    /// Further headers to sign and to send.
    public var headers: [(name: String, value: String)]
    /// SHA-256 of the body in hexadecimal.
    public var payload: String

    public init(
      _ method: HTTPRequest.Method, host: String, path: String, query: [(name: String, value: String)] = [],
      headers: [(name: String, value: String)] = [], payload: String = AWSSigning.emptyPayload
    ) {
      self.method = method
      self.host = host
      self.path = path
      self.query = query
      self.headers = headers
      self.payload = payload
    }

    /// Path and query as they are signed and have to be sent.
    public var encodedTarget: String {
      let query = AWSSigning.canonical(query)
      return AWSSigning.encoded(path, keepingSlashes: true) + (query.isEmpty ? "" : "?\(query)")
    }
  }

  /// All headers to send: those of the message, the date, the payload's hash, the token, and the signature over them.
  ///
  /// `moment` is in seconds since 1970. Servers refuse what is more than 15 minutes off.
  public func headers(for message: Message, at moment: Int) -> [HTTPHeader] {
    let time = AWSTime(moment)
    var extra = message.headers + [(name: "x-amz-date", value: time.stamp)]
    // S3 wants it, and hashes the body against it; other services know no such header.
    if service == "s3" { extra.append((name: "x-amz-content-sha256", value: message.payload)) }
    var sent = extra.map { HTTPHeader($0.name, $0.value) }
    let signature: String
    if let token = credentials.sessionToken {
      sent.append(HTTPHeader("x-amz-security-token", secret: token))
      signature = token.withValue { sign(message, extra + [(name: "x-amz-security-token", value: $0)], time) }
    } else {
      signature = sign(message, extra, time)
    }
    sent.append(HTTPHeader("Authorization", signature))
    return sent
  }

  private func sign(_ message: Message, _ headers: [(name: String, value: String)], _ time: AWSTime) -> String {
    let canonical = Self.canonicalHeaders(headers + [(name: "host", value: message.host)])
    let names = canonical.map(\.name).joined(separator: ";")
    let path = Self.encoded(message.path, keepingSlashes: true)
    let request = [
      message.method.rawValue,
      // All services but S3 encode the path a second time.
      service == "s3" ? path : Self.encoded(path, keepingSlashes: true),
      Self.canonical(message.query), canonical.map { "\($0.name):\($0.value)\n" }.joined(), names, message.payload,
    ].joined(separator: "\n")
    let scope = "\(time.day)/\(region)/\(service)/aws4_request"
    let text = ["AWS4-HMAC-SHA256", time.stamp, scope, sha256(request)].joined(separator: "\n")
    let signature = hexadecimal(hmacSHA256(key(time.day), text.utf8))
    return
      "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
  }

  private func key(_ day: String) -> [UInt8] {
    let first = credentials.secretKey.withValue { hmacSHA256(Array("AWS4\($0)".utf8), day.utf8) }
    return [region, service, "aws4_request"].reduce(first) { hmacSHA256($0, $1.utf8) }
  }
}

// MARK: Canonical forms

extension AWSSigning {
  /// Names in lower case and sorted; of one that comes several times, the values with commas between.
  private static func canonicalHeaders(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
    var values: [String: String] = [:]
    for header in headers {
      let (name, value) = (header.name.lowercased(), collapsed(header.value))
      values[name] = values[name].map { "\($0),\(value)" } ?? value
    }
    return values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }

  /// Without spaces around it, and with one for several.
  private static func collapsed(_ text: String) -> String { text.split(separator: " ").joined(separator: " ") }

  /// Sorted by encoded name and value; `name=` also where there is no value.
  static func canonical(_ query: [(name: String, value: String)]) -> String {
    let pairs = query.map { (encoded($0.name), encoded($0.value)) }
    let sorted = pairs.sorted {
      Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8)) || $0.0 == $1.0 && $0.1 < $1.1
    }
    return sorted.map { "\($0)=\($1)" }.joined(separator: "&")
  }

  /// Everything but `A-Z a-z 0-9 - . _ ~` as `%` and two upper-case digits (RFC 3986, section 2.3).
  public static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      case 0x2F where keepingSlashes: bytes.append(byte)
      default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A moment as AWS writes it: `20150830T123600Z`.
struct AWSTime {
  let stamp: String
  var day: String { String(stamp.prefix(8)) }

  /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days, for days from 1970 on.
  init(_ seconds: Int) {
    let (days, inDay) = (max(0, seconds) / 86_400 + 719_468, max(0, seconds) % 86_400)
    let (era, dayOfEra) = (days / 146_097, days % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let (day, month) = (dayOfYear - (153 * shifted + 2) / 5 + 1, shifted < 10 ? shifted + 3 : shifted - 9)
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    stamp = "\(year)\(two(month))\(two(day))T\(two(inDay / 3_600))\(two(inDay / 60 % 60))\(two(inDay % 60))Z"
  }
}

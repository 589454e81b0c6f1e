import CLibPQ
public import Runtime

/// What is needed to open one session: libpq's keywords with their values, and the secrets beside them.
///
/// Only what stands here is used. libpq would also take settings from `PG*` variables, `~/.pgpass`, `~/.postgresql` and
/// a service file; `settled()` says how each of these is shut out. What cannot be shut out by a keyword (`PGOPTIONS`,
/// `PGPASSWORD`, `PGHOST`, `PGSERVICE` …) is noticed before the first byte is sent, and refused by the variable's name.
/// A program that wants to run in such an environment removes `environmentVariables` from it first.
public struct ConnectionParameters: Sendable {
  /// Keyword and value, without the secrets. Spelled as in libpq's manual, section "Parameter Key Words".
  public let keywords: [String: String]
  let secrets: [String: Secret]

  /// Throws for a keyword that the installed libpq does not know, one given twice, a secret given as plain text, and a
  /// value with a NUL byte. An empty value counts as not given, as libpq has it.
  public init(
    _ keywords: [(keyword: String, value: String)], password: Secret? = nil, sslpassword: Secret? = nil
  ) throws(ConnectionParameterError) {
    var accepted: [String: String] = [:]
    for (keyword, value) in keywords {
      try Self.check(keyword, value)
      guard accepted.updateValue(value, forKey: keyword) == nil else {
        throw ConnectionParameterError(keyword, "is given twice")
      }
    }
    if accepted["sslcert", default: ""] != "", accepted["sslkey", default: ""] == "" {
      throw ConnectionParameterError("sslcert", "is given without sslkey")
    }
    self.keywords = accepted.filter { !$0.value.isEmpty }
    var secrets: [String: Secret] = [:]
    secrets["password"] = password
    secrets["sslpassword"] = sslpassword
    for (keyword, secret) in secrets where secret.withValue({ $0.utf8.contains(0) }) {
      throw ConnectionParameterError(keyword, "contains a NUL byte")
    }
    self.secrets = secrets
  }

  /// For parameters that were accepted already.
  init(_ keywords: [String: String], secrets: [String: Secret]) {
    (self.keywords, self.secrets) = (keywords, secrets)
  }

  public var password: Secret? { secrets["password"] }

  public subscript(keyword: String) -> String? { keywords[keyword] }

  /// "host:port/database": how errors name the database. Never holds a secret.
  public var subject: String {
    let host = keywords["host"] ?? keywords["hostaddr"] ?? "(default socket)"
    let user = keywords["user"] ?? "(account's name)"
    return "\(host):\(keywords["port"] ?? Keyword.defaultPort)/\(keywords["dbname"] ?? user)"
  }

  /// The variables from which libpq would take what is not given. An executable unsets them before its first thread.
  public static var environmentVariables: [String] {
    Keyword.known.compactMap(\.environmentVariable)
      + ["PGSERVICEFILE", "PGSYSCONFDIR", "PGREQUIRESSL", "PGDATESTYLE", "PGTZ", "PGGEQO"]
  }

  private static func check(_ keyword: String, _ value: String) throws(ConnectionParameterError) {
    guard let known = Keyword.known.first(where: { $0.name == keyword }) else {
      throw ConnectionParameterError(keyword, "is not a keyword of the installed libpq")
    }
    if known.isSecret { throw ConnectionParameterError(keyword, "is a secret and cannot be given as plain text") }
    if keyword == "service" || keyword == "servicefile" {
      throw ConnectionParameterError(keyword, "would bring in settings from a file that is not declared")
    }
    if value.utf8.contains(0) { throw ConnectionParameterError(keyword, "contains a NUL byte") }
  }
}

extension ConnectionParameters: CustomStringConvertible {
  public var description: String {
    let plain = keywords.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return (plain + secrets.keys.sorted().map { "\($0)=(secret)" }).joined(separator: " ")
  }
}

/// A keyword that cannot be used, and why. Carries no value.
public struct ConnectionParameterError: Error, Sendable, CustomStringConvertible {
  public let keyword: String
  public let reason: String

  init(_ keyword: String, _ reason: String) { (self.keyword, self.reason) = (keyword, reason) }

  public var description: String { "connection parameter \(keyword) \(reason)" }
}

/// One keyword as the installed libpq describes it.
struct Keyword: Sendable {
  let name: String
  let environmentVariable: String?
  let compiledDefault: String?
  let isSecret: Bool

  static let defaultPort = "5432"

  /// `PQconninfoParse` of nothing lists the keywords without looking at the environment, as `PQconndefaults` would.
  static let known: [Keyword] = {
    guard let options = PQconninfoParse("", nil) else { return [] }
    defer { PQconninfoFree(options) }
    return list(options).map(\.keyword)
  }()

  /// The entries of an array that libpq ends with one without a name, with the values in force.
  static func list(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [(keyword: Keyword, value: String?)] {
    var found: [(keyword: Keyword, value: String?)] = []
    var option = options
    while let name = option.pointee.keyword {
      found.append((Keyword(String(cString: name), option.pointee), option.pointee.val.map { String(cString: $0) }))
      option += 1
    }
    return found
  }

  private init(_ name: String, _ option: PQconninfoOption) {
    self.name = name
    environmentVariable = option.envvar.map { String(cString: $0) }
    compiledDefault = option.compiled.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    isSecret = option.dispchar.map { String(cString: $0) } == "*"
  }
}

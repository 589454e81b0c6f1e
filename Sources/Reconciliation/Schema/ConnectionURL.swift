import Documents

/// A PostgreSQL connection URI (PostgreSQL manual, "Connection URIs"), taken apart before any variable is put in, so
/// that a password may hold `@` and `/`.
public struct ConnectionURL: Sendable, Hashable {
  /// Several hosts are tried in order, as libpq does.
  public var hosts: [Host]
  public var user: Template?
  public var password: Template?
  public var database: Template?
  /// Sorted by keyword.
  public var parameters: [Parameter]
  /// Where the whole URL comes from variables, it can be taken apart only once they are known.
  public var whole: Template?

  public struct Host: Sendable, Hashable {
    public var name: Template
    public var port: Template?
  }

  public struct Parameter: Sendable, Hashable {
    public let keyword: String
    public let value: Template
  }

  /// Never quotes what could be a piece of a password that holds a `:`, `/`, `?` or `&` in clear.
  public struct Malformed: Error, Sendable, Hashable {
    public let reason: String
    public var suggestion: String?
  }

  /// The keywords that may stand behind `?` (libpq's, less those that would read further files of passwords).
  public static let keywords = [
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname", "gssencmode", "host",
    "hostaddr", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "options",
    "password", "port", "sslcert", "sslcrl", "sslkey", "sslmode", "sslrootcert", "ssl_min_protocol_version",
    "target_session_attrs", "tcp_user_timeout", "user",
  ]
}

extension ConnectionURL {
  /// Reads a URI with templates in it.
  public init(_ text: String) throws(Malformed) {
    let template: Template
    do { template = try Template(text) } catch { throw Malformed(reason: error.reason) }
    try self.init(template)
  }

  /// Takes a template apart: its variables count as letters that no separator matches.
  public init(_ template: Template) throws(Malformed) {
    if case .variable? = template.parts.first {
      guard template.parts.count == 1 else {
        throw Malformed(reason: "a URL that begins with a variable has to be that variable alone")
      }
      self.init(hosts: [], user: nil, password: nil, database: nil, parameters: [], whole: template)
      return
    }
    var rest = Symbols(template)
    guard rest.dropPrefix("postgresql://") || rest.dropPrefix("postgres://") else {
      throw Malformed(reason: "a database URL begins with postgresql://")
    }
    let query = rest.takeAfterFirst("?")
    let path = rest.takeAfterFirst("/")
    let login = rest.takeBeforeLast("@")
    // The end of a password that holds a `/` or `?` would be taken for the database's name, and shown.
    let isCut = path?.contains("@") == true || (login == nil && query?.contains("@") == true)
    if isCut { throw .passwordNotEncoded }
    try self.init(login: login, hosts: rest, path: path, query: query)
  }

  private init(login: Symbols?, hosts: Symbols, path: Symbols?, query: Symbols?) throws(Malformed) {
    var login = login
    let password = login?.takeAfterFirst(":")
    self.init(hosts: [], user: nil, password: nil, database: nil, parameters: [], whole: nil)
    user = try login.flatMap { part throws(Malformed) in try part.decoded() }
    self.password = try password.flatMap { part throws(Malformed) in try part.decoded() }
    database = try path.flatMap { part throws(Malformed) in try part.decoded() }
    for host in hosts.split(",") { self.hosts.append(try ConnectionURL.host(host)) }
    let mayQuote = query.map { !$0.contains("@") && !$0.contains(text: "password=") } ?? true
    for parameter in query?.split("&") ?? [] { try take(parameter, quoting: mayQuote) }
    parameters.sort { $0.keyword < $1.keyword }
  }

  private static func host(_ text: Symbols) throws(Malformed) -> Host {
    var name = text
    let isBracketed = name.hasPrefix("[")
    let port = isBracketed ? try name.takePortAfterBracket() : name.takeAfterFirst(":")
    let decoded = try name.decoded() ?? Template(text: "")
    return Host(
      name: decoded.literal.map { Template(text: $0.hasPrefix("/") ? $0 : $0.lowercased()) } ?? decoded,
      port: try port.flatMap { part throws(Malformed) in try number(part) })
  }

  private static func number(_ port: Symbols) throws(Malformed) -> Template? {
    guard let digits = port.literal else {
      // Variables alone: text beside them would be the end of a password.
      guard let template = try port.decoded(), !template.holdsText else { throw .passwordNotEncoded }
      return template
    }
    if digits.isEmpty { return nil }
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits), (1...65_535).contains(number)
    else { throw .passwordNotEncoded }
    return Template(text: String(number))
  }

  private mutating func take(_ text: Symbols, quoting mayQuote: Bool) throws(Malformed) {
    var name = text
    let value = name.takeAfterFirst("=")
    guard let keyword = name.literal, let value else {
      throw Malformed(reason: "what follows `?` are pairs like sslmode=verify-full, joined by `&`")
    }
    guard ConnectionURL.keywords.contains(keyword) else { throw .unknown(keyword, quoting: mayQuote) }
    let template = try value.decoded()
    switch keyword {
    case "password": try fill(&password, template, keyword)
    case "user": try fill(&user, template, keyword)
    case "dbname": try fill(&database, template, keyword)
    case "sslmode" where template?.literal.map { !ConnectionURL.sslModes.contains($0) } ?? (template == nil):
      throw Malformed(reason: "sslmode is one of \(ConnectionURL.sslModes.joined(separator: ", "))")
    default:
      if parameters.contains(where: { $0.keyword == keyword }) { throw .twice(keyword) }
      parameters.append(Parameter(keyword: keyword, value: template ?? Template(text: "")))
    }
  }

  private func fill(_ part: inout Template?, _ template: Template?, _ keyword: String) throws(Malformed) {
    if part != nil { throw .twice(keyword) }
    part = template
  }

  /// PostgreSQL manual, table "SSL Mode Descriptions".
  public static let sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
}

extension ConnectionURL.Malformed {
  fileprivate static let passwordNotEncoded = Self(
    reason: "the port is a number from 1 to 65535, and the database has no `@`; "
      + "in a user, password or database, write `:` as %3A, `/` as %2F, `?` as %3F, `@` as %40")

  fileprivate static func unknown(_ keyword: String, quoting mayQuote: Bool) -> Self {
    guard mayQuote else {
      return Self(reason: "what follows `?` has a parameter that libpq does not know; in a password, write `&` as %26")
    }
    return Self(reason: "\(Diagnostic.quoted(keyword)) is not a connection parameter", suggestion: keyword)
  }

  fileprivate static func twice(_ keyword: String) -> Self { Self(reason: "the URL gives `\(keyword)` twice") }
}

extension ConnectionURL {
  /// Parameters that name files.
  public static let fileKeywords: Set<String> = ["sslcert", "sslkey", "sslrootcert", "sslcrl"]

  /// The same with files that are named relative to a file as seen from the tree's folder.
  func locatingFiles(toFileOf place: Place) -> ConnectionURL {
    guard parameters.contains(where: { ConnectionURL.fileKeywords.contains($0.keyword) }) else { return self }
    var url = self
    url.parameters = parameters.map { parameter in
      guard ConnectionURL.fileKeywords.contains(parameter.keyword), let path = parameter.value.literal,
        path != "system"
      else { return parameter }
      return Parameter(keyword: parameter.keyword, value: Template(text: FilePath.relative(path, toFileOf: place)))
    }
    return url
  }
}

extension ConnectionURL {
  /// The one spelling that is stored and compared: without the port 5432, parameters sorted, the password by
  /// reference only.
  public var normalForm: String {
    if let whole { return whole.normalForm }
    var text = "postgresql://"
    if let user { text += ConnectionURL.encoded(user) }
    if let password { text += ":\(password.withoutText)" }
    if user != nil || password != nil { text += "@" }
    text += hosts.map(ConnectionURL.text).joined(separator: ",")
    if let database { text += "/\(ConnectionURL.encoded(database))" }
    let pairs = parameters.map { "\($0.keyword)=\(ConnectionURL.encoded($0.value, sparing: "/:"))" }
    return pairs.isEmpty ? text : "\(text)?\(pairs.joined(separator: "&"))"
  }

  private static func text(of host: Host) -> String {
    let name = host.name.literal?.contains(":") == true ? "[\(host.name.normalForm)]" : encoded(host.name)
    guard let port = host.port, port.literal != "5432", !port.isEmpty else { return name }
    return "\(name):\(port.normalForm)"
  }

  /// For those whom the password is no business of; a URL that is a variable as a whole tells nothing.
  var withoutPassword: ConnectionURL {
    var url = self
    url.password = nil
    return url
  }

  /// Whether the password, or a part of it, was written into the file itself.
  public var holdsLiteralPassword: Bool {
    password?.holdsText ?? false
  }

  /// Percent-encodes what would divide a URI; variables stay as they are.
  private static func encoded(_ template: Template, sparing spared: String = "") -> String {
    template.parts.map { part in
      switch part {
      case .variable(let name): "${\(name)}"
      case .text(let text): percentEncoded(text, sparing: spared)
      }
    }.joined()
  }

  private static func percentEncoded(_ text: String, sparing spared: String) -> String {
    if text.utf8.allSatisfy({ isPlain($0, spared) }) { return text }
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isPlain(byte, spared) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// RFC 3986, 2.3: unreserved characters, and the comma between hosts.
  private static func isPlain(_ byte: UInt8, _ spared: String) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ","): true
    default: spared.utf8.contains(byte)
    }
  }
}

import Documents
import Reconciliation

/// What the files alone say about the two ends of a target.
extension Target {
  static let sameSourceAndDestination = Rule(
    "same_source_and_destination", .error, isWaivable: false,
    Explanation(
      "source and destination are written as one database",
      why: "A refresh would put the masked copy in the place of the production data that it was made from.",
      remedy: "Give the destination another host or another database.",
      example:
        "yaml\nsnapshot:\n  src_url: \"postgresql://ro:${PROD_PASS}@prod/shop\"\n  dst_url: \"postgresql://dev:${DEV_PASS}@dev/shop_dev\""
    )
  ) { target, declaration, _ in
    if let (one, other) = urls(of: target), let isSame = one.quickly(isSameAs: other) {
      return isSame ? [.sameDatabase(at: "snapshot.dst_url")] : []
    }
    guard let source = place(of: target, url: "src_url", block: "source", in: declaration),
      let destination = place(of: target, url: "dst_url", block: "destination", in: declaration),
      source.database == destination.database
    else { return [] }
    return [.sameDatabase(at: destination.path)]
  }

  private static func urls(of target: Declared) -> (String, String)? {
    guard let source = target.spec["snapshot", "src_url"]?.string,
      let destination = target.spec["snapshot", "dst_url"]?.string
    else { return nil }
    return (source, destination)
  }

  static let tlsUnverified = Rule(
    "tls_unverified", .warning,
    Explanation(
      "a connection asks for less than `sslmode=verify-full`",
      why:
        "`require` encrypts and verifies nothing: whoever answers under that address gets the password and the data. libpq's default, `prefer`, does not even insist on encryption.",
      remedy:
        "Set `sslmode=verify-full`, with `sslrootcert` where the server's authority is not among the system's. A local socket needs none.",
      example: "yaml\nsrc_url: \"postgresql://ro:${PASS}@prod/shop?sslmode=verify-full&sslrootcert=company-ca.pem\"")
  ) { target, declaration, _ in
    let ends = [("snapshot.src_url", "src_url", "source"), ("snapshot.dst_url", "dst_url", "destination")]
    let scratch = target.spec["sanitize", "dst_url"]?.string.flatMap { lack(ofURL: $0) }.map {
      ("sanitize.dst_url", $0)
    }
    let found = ends.compactMap { path, url, block -> (String, String)? in
      if let text = target.spec["snapshot", url]?.string { return lack(ofURL: text).map { (path, $0) } }
      return environment(of: target, block, in: declaration).flatMap { lack(of: $0) }.map {
        ("\(block).environment", $0)
      }
    }
    return (found + [scratch].compactMap { $0 }).map { .unverified(at: $0, mode: $1) }
  }

  private static func environment(of target: Declared, _ block: String, in declaration: Declaration) -> Declared? {
    target.spec[block, "environment"]?.string.flatMap { declaration[Address("environment", $0)] }
  }

  /// The mode that a URL asks for where that is too little; what a variable decides is not judged.
  private static func lack(ofURL text: String) -> String? {
    guard !text.asksForVerification else { return nil }
    return TLSMode.mode(ofURL: text).flatMap { $0 == "verify-full" ? nil : $0 }
  }

  private static func lack(of environment: Declared) -> String? {
    TLSMode.mode(ofEnvironment: environment.spec).flatMap { $0 == "verify-full" ? nil : $0 }
  }

  /// Where one end stands, spelled one way: hosts with their ports, and the database.
  private static func place(
    of target: Declared, url: String, block: String, in declaration: Declaration
  ) -> (path: String, database: [String])? {
    if let text = target.spec["snapshot", url]?.string {
      guard let parsed = try? ConnectionURL(text) else { return nil }
      return ("snapshot.\(url)", database(of: parsed))
    }
    guard let environment = environment(of: target, block, in: declaration) else { return nil }
    let spec = environment.spec
    let host = "\(spec["host"]?.string?.lowercased() ?? ""):\(spec["port"]?.integer ?? 5432)"
    return ("\(block).environment", [host, spec["database"]?.string ?? ""])
  }

  private static func database(of url: ConnectionURL) -> [String] {
    if let whole = url.whole { return [whole.normalForm] }
    func value(_ keyword: String) -> String? { url.parameters.first { $0.keyword == keyword }?.value.normalForm }
    let port = value("port") ?? "5432"
    let hosts = url.hosts.map { "\($0.name.normalForm):\($0.port?.normalForm ?? port)" }
    let host = value("host").map { ["\($0.lowercased()):\(port)"] } ?? hosts
    return host + [(url.database ?? url.user)?.normalForm ?? ""]
  }
}

extension Rule.Violation {
  fileprivate static func sameDatabase(at path: String) -> Self {
    Self(
      at: path,
      "source and destination are one database: a refresh would overwrite the source. Give the destination another host or database"
    )
  }

  fileprivate static func unverified(at path: String, mode: String) -> Self {
    let lack =
      switch mode {
      case "verify-ca": "the server's certificate is checked, its name is not"
      case "require": "the connection is encrypted, but nothing proves who answers"
      default: "the connection may not be encrypted, and nothing proves who answers"
      }
    return Self(at: path, "with sslmode=\(mode) \(lack). Give it sslmode=verify-full and sslrootcert")
  }
}

/// Most URLs of ten thousand targets are well written and different, which their normal form shows without taking it
/// apart: one spelling of a host, no default port.
extension String {
  /// Whether two URLs lead to one database; nothing where that takes a closer look.
  fileprivate func quickly(isSameAs other: String) -> Bool? {
    guard let here = location, let there = other.location else { return nil }
    return here == there
  }

  /// `prod/shop`: what stands between the login and the parameters, where those say nothing about it.
  private var location: Substring? {
    guard utf8.starts(with: "postgresql://".utf8) else { return nil }
    let start = utf8.index(utf8.startIndex, offsetBy: "postgresql://".utf8.count)
    let (address, parameters) = cutAtQuestionMark
    let isElsewhere = parameters.utf8.split(separator: UInt8(ascii: "&")).contains { parameter in
      parameter.starts(with: "host".utf8) || parameter.starts(with: "port".utf8)
        || parameter.starts(with: "dbname".utf8)
    }
    if isElsewhere { return nil }
    let begin = address.utf8.lastIndex(of: UInt8(ascii: "@")).map { utf8.index(after: $0) } ?? start
    guard begin <= address.endIndex else { return nil }
    let place = address[begin...]
    return place.utf8.contains(UInt8(ascii: "/")) && place.utf8.last != UInt8(ascii: "/") ? place : nil
  }

  fileprivate var asksForVerification: Bool {
    cutAtQuestionMark.parameters.split(separator: "&").contains("sslmode=verify-full")
  }

  private var cutAtQuestionMark: (address: Substring, parameters: Substring) {
    guard let mark = utf8.firstIndex(of: UInt8(ascii: "?")) else { return (self[...], "") }
    return (self[..<mark], self[utf8.index(after: mark)...])
  }
}

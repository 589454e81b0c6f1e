import Foundation
import TestServers
import Testing

/// Fifty secrets, as variables and as literals, right and wrong: none of them is in anything that Decant says, writes
/// or passes on.
@Suite struct SecretTests {
  private let planted = (0..<50).map(Planted.init)

  /// The search would find each form, also in the middle of something else.
  @Test func theSearchFindsEveryForm() {
    let secret = planted[0]
    let forms = [
      secret.value, secret.urlEncoded, secret.jsonEscaped, Data(secret.value.utf8).base64EncodedString(),
      Data(":\(secret.value)".utf8).base64EncodedString(), Data("u:\(secret.value)\n".utf8).base64EncodedString(),
      String(secret.value.prefix { $0 != "@" }),
    ]
    for form in forms {
      var search = Search(planted)
      search.add("a test", "before \(form) after")
      #expect(search.leaks == ["SECRET_0 in a test"], "\(form)")
    }
    var search = Search(planted)
    search.add("a test", "nothing at all")
    #expect(search.leaks.isEmpty)
  }

  @Test(.enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")"))
  func fiftySecretsAreNowhere() throws {
    let town = try Town(planted)
    var search = Search(planted)
    let commands = [
      ["validate"], ["plan"], ["apply", "--auto-approve"], ["plan", "--detailed-exitcode"], ["drift"], ["show"],
      ["show", "target.variable0"], ["verify"], ["audit", "log"], ["audit", "verify"],
    ]
    for command in commands {
      for form in [[], ["--verbose"], ["--json"]] { try town.run(command + form, into: &search) }
    }
    // It did reach the server: by the right passwords, and was refused with the wrong ones.
    let plan = try town.run(["plan", "--json"], into: &search)
    let conditions = try #require(plan.json?["conditions"] as? [[String: Any]])
    #expect(conditions.contains { $0["object"] as? String == "target.variable0" && $0["state"] as? String == "holds" })
    let refused = conditions.filter { ($0["message"] as? String)?.contains("password authentication failed") == true }
    #expect(refused.count > 4, "\(plan.output.prefix(2_000))")
    #expect(((plan.json?["findings"] as? [[String: Any]]) ?? []).contains { $0["code"] as? String == "literal_secret" })
    // A changed literal, an unset variable, a server that is not there.
    try town.workshop.write(town.text.replacingOccurrences(of: ":\(town.port)/", with: ":1/"))
    for form in [[], ["--verbose"], ["--json"]] {
      try town.run(["plan"] + form, into: &search)
      try town.run(["verify"] + form, into: &search)
    }
    try town.workshop.write(town.text)
    for command in ["plan", "verify"] {
      let ended = try town.run([command], into: &search, withVariables: false)
      #expect(ended.all.contains("is not set"))
    }
    try town.addFiles(to: &search)
    #expect(search.size > 100_000)
    #expect(search.leaks == [])
  }

  /// Files that are wrong on the very line on which a literal stands.
  static let wrong: [(String, @Sendable (Planted) -> String)] = [
    ("near miss of a key", { "environments: {e: {host: h, database: d, user: u, pasword: \($0.quoted)}}\n" }),
    ("unknown key beside", { "environments: {e: {host: h, database: d, user: u, password: \($0.quoted), prot: 1}}\n" }),
    (
      "wrong type beside",
      { "environments: {e: {host: h, database: d, user: u, password: \($0.quoted), port: many}}\n" }
    ),
    ("duplicate key", { "environments: {e: {host: h, database: d, user: u, password: \($0.quoted), user: u}}\n" }),
    ("open quote", { "environments: {e: {host: h, database: d, user: u, password: \($0.quoted), user: \"u}}\n" }),
    ("open brace", { "environments: {e: {host: h, password: \($0.quoted)\nx: 1\n" }),
    ("bad URL", { "targets: {t: {snapshot: {src_url: \"postgresql://u:\($0.urlEncoded)@h:port/d\"}}}\n" }),
    ("bad option", { "targets: {t: {snapshot: {src_url: \"postgresql://u:\($0.urlEncoded)@h/d?sslmod=require\"}}}\n" }),
    (
      "bare password",
      {
        "targets:\n  t:\n    snapshot:\n      src_url: 'postgresql://u:\($0.value.replacingOccurrences(of: "'", with: "''"))@h/d'\n"
      }
    ),
    ("list for a secret", { "sso: {provider: okta, url: https://o.example, token: [\($0.quoted)]}\n" }),
    ("secret in the wrong block", { "storage_profiles: {p: {provider: s3, bucket: b, password: \($0.quoted)}}\n" }),
    ("bad template", { "environments: {e: {host: h, database: d, user: u, password: \"\($0.urlEncoded)${\"}}\n" }),
  ]

  @Test(arguments: wrong.indices) func anErrorBesideALiteralDoesNotShowIt(_ index: Int) throws {
    let (name, text) = Self.wrong[index]
    var said = Search([planted[0]])
    let workshop = try Workshop("decant: {workspace: shop}\n" + text(planted[0]))
    for form in [[], ["--verbose"], ["--json"]] {
      let ended = try workshop.run(["validate"] + form)
      #expect(ended.status != 0, "\(name) is an error")
      said.add("validate \(form.joined())", ended.all)
    }
    #expect(said.leaks == [], "\(name)")
  }
}

/// A declaration with all fifty secrets, and the server that knows half of the passwords.
private struct Town {
  let workshop: Workshop
  let text: String
  let port: Int
  private let variables: [String: String]

  init(_ planted: [Planted]) throws {
    let server = try PostgreSQLServer.shared()
    port = server.port
    let database = try server.createDatabase(named: "town")
    var (roles, lines): (String, [String: [String]]) = ("", [:])
    // Every second password is the right one.
    func role(_ number: Int) -> String {
      let name = server.uniqueName("towner")
      let password = number % 2 == 0 ? planted[number].sql : "'another'"
      roles += "CREATE ROLE \(name) LOGIN PASSWORD \(password);\n"
      return name
    }
    func url(_ number: Int, _ password: String) -> String {
      "\"postgresql://\(role(number)):\(password)@localhost:\(server.port)/\(database)?sslmode=verify-full&sslrootcert=\(server.authority)\""
    }
    func target(_ name: String, _ ends: String) {
      lines["targets", default: []].append(
        "  \(name): {\(ends), storage_profile: p0, sanitize: {storage_profile: p1, policy: s}}")
    }
    for index in 0..<10 {
      let (a, b) = (index * 2, index * 2 + 1)
      target(
        "variable\(index)",
        "snapshot: {src_url: \(url(a, "${SECRET_\(a)}")), dst_url: \(url(b, "{{`SECRET_\(b)` | env}}"))}")
    }
    for index in 0..<5 {
      let (a, b) = (20 + index * 2, 21 + index * 2)
      target(
        "literal\(index)",
        "snapshot: {src_url: \(url(a, planted[a].urlEncoded)), dst_url: \(url(b, planted[b].urlEncoded))}")
    }
    for index in 0..<6 {
      let number = 30 + index
      let password = index < 3 ? planted[number].quoted : "\"${SECRET_\(number)}\""
      lines["environments", default: []].append(
        "  e\(index): {host: localhost, port: \(server.port), database: \(database), user: \(role(number)), password: \(password), ssl_mode: verify-full, ssl_root_cert: \(server.authority)}"
      )
    }
    for index in 0..<3 {
      target("named\(index)", "source: {environment: e\(index)}, destination: {environment: e\(index + 3)}")
    }
    for index in 0..<5 {
      let (a, b) = (36 + index * 2, 37 + index * 2)
      let keys = index < 3 ? (planted[a].quoted, planted[b].quoted) : ("\"${SECRET_\(a)}\"", "\"${SECRET_\(b)}\"")
      lines["storage_profiles", default: []].append(
        "  p\(index): {provider: s3, bucket: b\(index), access_key: \(keys.0), secret_key: \(keys.1)}")
    }
    text = """
      decant:
        workspace: town
        control_plane: {url: "sqlite:.decant/control.db", token: \(planted[46].quoted)}
        masking: {key: \(planted[47].quoted)}
        signing: {key: \(planted[48].quoted)}
      sso: {provider: okta, url: https://town.okta.example, token: \(planted[49].quoted)}
      sanitizations: {s: {checks: [{name: one, query: SELECT 1, expect: 1}]}}

      """ + lines.sorted { $0.key < $1.key }.map { "\($0):\n" + $1.joined(separator: "\n") + "\n" }.joined()
    try server.run(roles, database: "postgres")
    workshop = try Workshop(text)
    variables = Dictionary(uniqueKeysWithValues: planted.map { ($0.name, $0.value) })
  }

  /// Runs it, and keeps all that it says and, while it runs, its argument list.
  @discardableResult
  func run(_ arguments: [String], into search: inout Search, withVariables: Bool = true) throws -> Ended {
    let place = arguments.joined(separator: " ")
    let running = try workshop.start(arguments, withVariables ? variables : [:])
    repeat {
      search.add("arguments of \(place)", running.commandLine)
      usleep(5_000)
    } while running.process.isRunning
    let ended = try running.end()
    search.add(place, ended.output)
    search.add("errors of \(place)", ended.error)
    return ended
  }

  /// Every file of the working folder but the declaration.
  func addFiles(to search: inout Search) throws {
    let names = FileManager.default.subpaths(atPath: workshop.folder) ?? []
    for name in names where name != "decant.yaml" {
      let path = "\(workshop.folder)/\(name)"
      if let data = FileManager.default.contents(atPath: path) { search.add(name, Array(data)) }
    }
    #expect(names.contains(".decant/control.db"))
  }
}

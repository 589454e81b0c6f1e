import Foundation
import Runtime
import Testing

@testable import PostgreSQL

@Suite struct ConnectionParametersTests {
  @Test func printingShowsNoSecret() throws {
    let canary = "s3cr3t-canary"
    let parameters = try ConnectionParameters(
      [("host", "db.example"), ("dbname", "shop"), ("user", "ro")], password: Secret(canary),
      sslpassword: Secret(canary))
    var dumped = ""
    dump(parameters, to: &dumped)
    for text in [parameters.description, String(reflecting: parameters), "\(parameters.settled())", dumped] {
      #expect(!text.contains(canary))
    }
    #expect(parameters.description == "dbname=shop host=db.example user=ro password=(secret) sslpassword=(secret)")
    #expect(parameters.subject == "db.example:5432/shop")
  }

  @Test(arguments: [
    ([("hots", "x")], "connection parameter hots is not a keyword of the installed libpq"),
    ([("host", "x"), ("host", "y")], "connection parameter host is given twice"),
    ([("password", "x")], "connection parameter password is a secret and cannot be given as plain text"),
    ([("sslpassword", "x")], "connection parameter sslpassword is a secret and cannot be given as plain text"),
    ([("dbname", "a\0b")], "connection parameter dbname contains a NUL byte"),
    ([("sslcert", "/x")], "connection parameter sslcert is given without sslkey"),
    ([("service", "x")], "connection parameter service would bring in settings from a file that is not declared"),
  ])
  func whatCannotBeUsedIsRefused(_ keywords: [(String, String)], message: String) throws {
    let error = try #require(throws: ConnectionParameterError.self) {
      try ConnectionParameters(keywords.map { ($0.0, $0.1) })
    }
    #expect(error.description == message)
  }

  @Test func aNulInThePasswordIsRefused() {
    #expect(throws: ConnectionParameterError.self) { try ConnectionParameters([], password: Secret("a\0b")) }
  }

  /// Every keyword with a variable is either given a value of ours or one that `foreign` watches.
  @Test func everyVariableIsShutOutOrNoticed() throws {
    let settled = try ConnectionParameters([("user", "ro")]).settled()
    let open = Keyword.known.filter { $0.environmentVariable != nil && settled[$0.name] == nil }
    let inForce = open.map { (keyword: $0, value: Optional("from outside")) }
    let noticed = ConnectionParameters.foreign(given: Set(settled.keys), inForce: inForce)
    #expect(noticed.map(\.keyword) == open.map(\.name))
    #expect(settled["passfile"] == ConnectionParameters.nowhere)
    #expect(settled["sslrootcert"] == ConnectionParameters.nowhere)
    #expect(settled["dbname"] == "ro")
    #expect(ConnectionParameters.environmentVariables.contains("PGPASSWORD"))
  }

  @Test(arguments: [
    ("disable", nil, TLSVerification.nothing), ("require", nil, .nothing), ("require", "/ca.crt", .authority),
    ("verify-ca", nil, .authority), ("verify-full", nil, .name), ("prefer", nil, .nothing),
  ])
  func theModeSaysWhatIsVerified(mode: String, root: String?, expected: TLSVerification) throws {
    let keywords = [("sslmode", Optional(mode)), ("sslrootcert", root)].compactMap { key, value in
      value.map { (key, $0) }
    }
    #expect(try ConnectionParameters(keywords).verificationAskedFor == expected)
  }

  @Test func verifyingWithoutARootUsesTheDocumentedFile() throws {
    let root = try ConnectionParameters([("sslmode", "verify-full")]).settled()["sslrootcert"]
    #expect(root?.hasSuffix("/.postgresql/root.crt") == true)
  }

  /// In a process of its own, because the environment belongs to all threads.
  @Test func theEnvironmentAddsNothing() async {
    await #expect(processExitsWith: .success) {
      for (variable, value) in [
        ("PGOPTIONS", "-c work_mem=1GB"), ("PGPASSWORD", "leaked"), ("PGREQUIREPEER", "somebody"),
        ("PGHOST", "elsewhere"), ("PGSERVICE", "none"),
      ] {
        setenv(variable, value, 1)
        let hosts: [(String, String)] = variable == "PGHOST" ? [] : [("hostaddr", "127.0.0.1")]
        let error = #expect(throws: DatabaseError.self) {
          try Session(
            connecting: try ConnectionParameters(hosts + [("user", "ro"), ("port", "1")]),
            deadline: .after(.seconds(10)))
        }
        #expect(error?.kind == .misused)
        #expect(error?.message.contains(variable == "PGSERVICE" ? "service" : variable) == true)
        #expect(error?.description.contains(value) == false || variable == "PGSERVICE")
        unsetenv(variable)
      }
      // These are overridden by values of ours and disturb nothing: the port stays the one that was given.
      for (variable, value) in [("PGPORT", "2"), ("PGSSLMODE", "verify-full"), ("PGUSER", "x"), ("PGAPPNAME", "x")] {
        setenv(variable, value, 1)
      }
      let error = #expect(throws: DatabaseError.self) {
        try Session(
          connecting: try ConnectionParameters([("hostaddr", "127.0.0.1"), ("user", "ro"), ("port", "1")]),
          deadline: .after(.seconds(10)))
      }
      #expect(error?.kind == .unreachable)
      #expect(error?.message.contains("port 1 ") == true)
    }
  }
}

import CLibPQ
import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

extension ConnectionParameters {
  /// A path under which nothing can ever lie, because `/dev/null` is no folder. libpq takes a missing password or
  /// certificate file for "none"; `/dev/null` itself would make it print a warning on stderr.
  static let nowhere = "/dev/null/none"

  /// The keywords with every default said aloud, so that the environment of the process has no part in them.
  ///
  /// - `user` is the account's name and `dbname` the user, as libpq has it.
  /// - `passfile`, `sslcert`, `sslkey` and `sslcrl` point nowhere.
  /// - `sslrootcert`: `verify-ca` and `verify-full` need an authority and use libpq's documented file
  ///   `~/.postgresql/root.crt`; the other modes point nowhere, so that `require` means the same on every machine
  ///   (libpq would take it for `verify-ca` where that file happens to exist).
  /// - `gssencmode` is `disable`: the Kerberos library blocks without regard to deadlines.
  /// - Everything else for which libpq has a variable gets libpq's own default.
  func settled() -> [String: String] {
    var values = keywords
    func settle(_ keyword: String, _ value: @autoclosure () -> String?) {
      if values[keyword] == nil { values[keyword] = value() }
    }
    let account = Account.current
    settle("user", account?.name)
    settle("dbname", values["user"])
    for keyword in ["passfile", "sslcert", "sslkey"] { settle(keyword, Self.nowhere) }
    // With a folder of revocation lists, a file that does not exist would switch the whole check off.
    if values["sslcrldir"] == nil { settle("sslcrl", Self.nowhere) }
    settle("sslrootcert", verifiesByMode ? account.map { "\($0.home)/.postgresql/root.crt" } : Self.nowhere)
    settle("gssencmode", "disable")
    settle("application_name", "decant")
    settle("connect_timeout", "0")
    values["client_encoding"] = "UTF8"
    for known in Keyword.known where known.environmentVariable != nil { settle(known.name, known.compiledDefault) }
    return values.filter { value in Keyword.known.contains { $0.name == value.key } }
  }

  private var verifiesByMode: Bool { keywords["sslmode"] == "verify-ca" || keywords["sslmode"] == "verify-full" }

  /// What the TLS mode asked for. `prefer`, `allow` and `require` verify the authority only where a root certificate is
  /// named, and nothing otherwise (libpq's manual, section "SSL Support").
  var verificationAskedFor: TLSVerification {
    switch keywords["sslmode"] {
    case "verify-full": .name
    case "verify-ca": .authority
    default: keywords["sslrootcert"] == nil ? .nothing : keywords["sslrootcert"] == "system" ? .name : .authority
    }
  }

  /// A named root certificate or revocation list that cannot be read: libpq would go on without verifying by it.
  var unreadableFile: (keyword: String, path: String)? {
    for keyword in ["sslrootcert", "sslcrl"] {
      guard let path = keywords[keyword], path != "system" else { continue }
      if access(path, R_OK) != 0 { return (keyword, path) }
    }
    return nil
  }

  /// What libpq is about to use although nobody gave it: the names of the keywords and of their variables.
  static func foreign(
    given: Set<String>, inForce: [(keyword: Keyword, value: String?)]
  ) -> [(keyword: String, variable: String)] {
    inForce.compactMap { entry in
      let (known, value) = entry
      guard let value, !value.isEmpty, !given.contains(known.name), value != known.compiledDefault else { return nil }
      return (known.name, known.environmentVariable ?? "PGSERVICE")
    }
  }
}

/// The account under which the process runs, by the user database and not by the environment.
private struct Account {
  let name: String
  let home: String

  static var current: Account? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
      guard let start = buffer.baseAddress,
        getpwuid_r(geteuid(), &entry, start, buffer.count, &found) == 0, found != nil,
        let name = entry.pw_name, let home = entry.pw_dir
      else { return nil }
      return Account(name: String(cString: name), home: String(cString: home))
    }
  }
}

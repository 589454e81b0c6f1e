public import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// pg_dump and pg_restore of one version, from one folder.
public struct ClientTools: Sendable, Hashable {
  /// Where they lie, without a slash at its end.
  public let folder: String
  public let version: ClientVersion

  /// Where to look. Only an executable reads the environment, so that it is handed in.
  public struct Places: Sendable, Hashable {
    /// The declared folder (`PGBINDIR`): where it is given, no other is looked at.
    public var folder: String?
    /// The folders of `PATH`, in its order.
    public var path: [String]

    public init(folder: String? = nil, path: [String] = []) { (self.folder, self.path) = (folder, path) }

    /// The folders into which packages of that major put the programs (Debian, Red Hat, Homebrew).
    static func packaged(major: Int) -> [String] {
      [
        "/usr/lib/postgresql/\(major)/bin", "/usr/pgsql-\(major)/bin", "/opt/homebrew/opt/postgresql@\(major)/bin",
        "/usr/local/opt/postgresql@\(major)/bin",
      ]
    }
  }

  /// Finds programs that may read a server of that major.
  ///
  /// The lowest major that will do is taken: a dump of a newer pg_dump can hold settings that the destination's server
  /// does not know. - Throws: `.missing`, with a sentence that says what to install.
  public static func find(
    forServerMajor major: Int, in places: Places, interrupt: Interrupt? = nil
  ) throws(ToolFailure) -> ClientTools {
    let folders =
      places.folder.map { [$0] } ?? (major...max(major, newestMajor)).flatMap(Places.packaged) + places.path
    var refused: [String] = []
    for folder in folders {
      guard let version = try version(in: folder, interrupt) else { continue }
      guard let reason = refusal(of: version, forServerMajor: major) else {
        return ClientTools(folder: folder, version: version)
      }
      refused.append("\(folder) has \(version), \(reason)")
    }
    throw ToolFailure(.missing, program: nil, missing(major, places, refused))
  }

  /// The newest major whose place is known by its number.
  private static let newestMajor = 18

  static func refusal(of version: ClientVersion, forServerMajor major: Int) -> String? {
    if version.major < major { return "which cannot read a server of version \(major)" }
    if version.isSafe { return nil }
    guard let safe = ClientVersion.firstSafe[version.major] else { return "which is no longer maintained" }
    return "which can be made to run commands by what it reads (CVE-2025-8714): \(version.major).\(safe) is needed"
  }

  private static func missing(_ major: Int, _ places: Places, _ refused: [String]) -> String {
    let minor = ClientVersion.firstSafe[major].map { "\(major).\($0)" } ?? "\(major)"
    let found = refused.isEmpty ? "" : " (found: \(refused.joined(separator: "; ")))"
    let looked = places.folder.map { " in \($0)" } ?? ""
    return "no pg_dump and pg_restore of version \(minor) or newer\(looked)\(found); "
      + "install them (apt-get install postgresql-client-\(major)), or set PGBINDIR to their folder"
  }

  /// Nothing where the two programs are not both there, or are not of one version.
  private static func version(in folder: String, _ interrupt: Interrupt?) throws(ToolFailure) -> ClientVersion? {
    var versions: [ClientVersion] = []
    for name in ["pg_dump", "pg_restore"] {
      let program = "\(folder)/\(name)"
      guard access(program, X_OK) == 0 else { return nil }
      let run = ProgramRun(
        program: program, arguments: ["--version"], environment: environment(folder), limit: .total(.seconds(10)),
        interrupt: interrupt, outputLimit: 4_096)
      guard let version = ClientVersion(printed: String(decoding: try run.output(), as: UTF8.self)) else { return nil }
      versions.append(version)
    }
    return versions[0] == versions[1] ? versions[0] : nil
  }

  /// All that a program of PostgreSQL is told by its environment. The path is for Debian's wrappers, which are scripts.
  static func environment(_ folder: String) -> [String: String] {
    ["LC_ALL": "C", "PATH": "\(folder):/usr/bin:/bin"]
  }
}

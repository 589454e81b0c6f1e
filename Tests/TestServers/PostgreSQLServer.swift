import Foundation
private import Synchronization

/// The throw-away PostgreSQL of this test process: started at the first call of `shared()`, stopped and removed when
/// the process ends, however it ends (`scripts/test-postgres.sh` leaves a watcher behind that sees to it).
public final class PostgreSQLServer: Sendable {
  public let host = "localhost"
  public let port: Int
  /// A superuser.
  public let user: String
  public let password: String
  /// The folder of the local socket, for `host`.
  public let socketFolder: String
  /// The certificate of the authority that made the server's certificate (for localhost and 127.0.0.1).
  public let authority: String
  /// The certificate of an authority that has nothing to do with the server.
  public let wrongAuthority: String
  /// A certificate for clients, with its key, by the server's authority; its name is `decant_client`.
  public let clientCertificate, clientKey: String
  /// The folder of psql, pg_dump and the others of the same version.
  public let binaries: String
  public let folder: String

  /// Why there can be no server here, and how to get one: for `.enabled(if:)`, with this as the comment.
  public static let unavailable: String? = {
    let manager = FileManager.default
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    func isOnPath(_ name: String) -> Bool { path.contains { manager.isExecutableFile(atPath: "\($0)/\(name)") } }
    let packaged = (try? manager.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
    let hasServer =
      ProcessInfo.processInfo.environment["PGBINDIR"] != nil || isOnPath("postgres")
      || packaged.contains { manager.isExecutableFile(atPath: "/usr/lib/postgresql/\($0)/bin/postgres") }
    if !hasServer { return "skipped: no PostgreSQL server here (apt-get install postgresql, or set PGBINDIR)" }
    if !isOnPath("openssl") { return "skipped: no openssl here (apt-get install openssl)" }
    return nil
  }()

  public static var isAvailable: Bool { unavailable == nil }

  private static let started = Result { try PostgreSQLServer() }

  /// Another server, whose certificate has expired; otherwise like the shared one.
  public static func expired() throws -> PostgreSQLServer { try expiredOne.get() }

  private static let expiredOne = Result { try PostgreSQLServer(["CERTIFICATE_DAYS": "-1"]) }

  /// A server of a test's own, which it may stop.
  public static func own() throws -> PostgreSQLServer { try PostgreSQLServer() }

  public static func shared() throws -> PostgreSQLServer { try started.get() }

  private init(_ settings: [String: String] = [:]) throws {
    // A socket's path holds 107 bytes, so the folder is not made below a long TMPDIR.
    let folder = "/tmp/decant-pg-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    self.folder = folder
    _ = try Program.run(
      "/bin/bash", [Self.script, folder, "start", "\(getpid())"],
      environment: ProcessInfo.processInfo.environment.merging(settings) { $1 })
    let facts = try Self.facts(of: folder)
    func fact(_ key: String) throws -> String {
      guard let value = facts[key] else { throw ServerFailure("the server's facts have no \(key)") }
      return value
    }
    port = Int(try fact("port")) ?? 0
    user = try fact("user")
    password = try String(contentsOfFile: try fact("password_file"), encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    socketFolder = try fact("socket")
    authority = try fact("ca")
    wrongAuthority = try fact("wrong_ca")
    clientCertificate = try fact("client_cert")
    clientKey = try fact("client_key")
    binaries = try fact("bin")
    Self.stopping.withLock { $0.append(folder) }
    atexit { PostgreSQLServer.stopAtExit() }
  }

  /// What the end of the process has to stop. The watcher does the same half a second later where `atexit` is not
  /// reached (a signal).
  private static let stopping = Mutex<[String]>([])

  private static func stopAtExit() {
    for folder in stopping.withLock({ $0 }) { _ = try? Program.run("/bin/bash", [script, folder, "stop"]) }
  }

  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../scripts/test-postgres.sh").standardizedFileURL.path

  private static func facts(of folder: String, _ name: String = "facts") throws -> [String: String] {
    let lines = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n")
    let pairs = lines.compactMap { line -> (String, String)? in
      guard let sign = line.firstIndex(of: "=") else { return nil }
      return (String(line[..<sign]), String(line[line.index(after: sign)...]))
    }
    return Dictionary(pairs) { first, _ in first }
  }
}

extension PostgreSQLServer {
  /// Stops in one of `pg_ctl`'s modes: `immediate` is a crash. It comes back on the same port.
  public func stop(_ mode: String) throws { try control("stop", "-m", mode) }
  public func start() throws { try control("start", "-o", "-p \(port)") }

  private func control(_ words: String...) throws {
    let command = ["\(binaries)/pg_ctl", "-D", "\(folder)/data", "-w", "-s", "-l", "\(folder)/log"] + words
    // PostgreSQL refuses to run as root; the package's own user does it then.
    let whole = getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--"] + command : command
    _ = try Program.run(whole[0], Array(whole.dropFirst()))
  }
}

extension PostgreSQLServer {
  /// The port of a pgbouncer in transaction mode before the same server, by the same user and password.
  public static func poolerPort() throws -> Int { try pooler.get() }

  public static let poolerUnavailable: String? = {
    if let unavailable { return unavailable }
    let found = ["/usr/sbin", "/usr/bin", "/usr/local/bin"]
      .contains { FileManager.default.isExecutableFile(atPath: $0 + "/pgbouncer") }
    return found ? nil : "skipped: no pgbouncer here (apt-get install pgbouncer)"
  }()

  private static let pooler = Result {
    let server = try shared()
    _ = try Program.run("/bin/bash", [script, server.folder, "pooler"])
    let facts = try PostgreSQLServer.facts(of: server.folder, "pooler.facts")
    return Int(facts["port"] ?? "") ?? 0
  }

  /// From 100, so that names are of one length and lines that hold them break at one place.
  private static let count = Atomic<Int>(100)

  /// A name that no other test of this process uses.
  public func uniqueName(_ prefix: String) -> String {
    "\(prefix)_\(Self.count.add(1, ordering: .relaxed).newValue)"
  }

  /// Makes an empty database and gives its name: the prefix and a number.
  public func createDatabase(named prefix: String) throws -> String {
    let name = uniqueName(prefix)
    try run("CREATE DATABASE \(Self.quoted(name)) TEMPLATE template0", database: "postgres")
    return name
  }

  public static func quoted(_ name: String) -> String {
    "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// Runs a script as superuser through psql, which stops at the first error, and gives its unaligned output.
  @discardableResult
  public func run(_ sql: String, database: String) throws -> String {
    try Program.run(
      binaries + "/psql",
      ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", socketFolder, "-p", "\(port)", "-U", user, "-f", "-"],
      input: sql, environment: ["PGPASSWORD": password, "PGDATABASE": database, "PATH": "/usr/bin:/bin"])
  }
}

/// Why a server for tests could not be had.
public struct ServerFailure: Error, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}

import Masking
import PostgreSQL
import Runtime
import TestServers
import Testing

@testable import Verification

let noServer = Comment(rawValue: PostgreSQLServer.unavailable ?? "PostgreSQL is available")
/// Long enough that only a hang reaches it on a busy machine.
let noStall = Duration.seconds(60)

/// A database that stands for a copy, and the filter of 2,000 people whose mail addresses, telephone numbers and names
/// must not be in it.
struct ProbedCopy {
  static let people = 2_000
  let server: PostgreSQLServer
  let database: String
  let filter: LeakFilter

  static func mail(_ number: Int) -> String { "person.\(number * 7_919 % 1_000_003)@mail\(number % 40).example" }
  static func phone(_ number: Int) -> String {
    "+1 (\(212 + number % 700)) \(200 + number % 777)-\(1_000 + number * 3 % 8_999)"
  }
  static func name(_ number: Int) -> String {
    let first = ["Margarethe", "Alessandro", "Wilhelmina", "Christopher", "Konstantin", "Evangeline"][number % 6]
    let last = ["Johannsen", "Montgomery", "Papadopoulos", "Fitzgerald", "Lindqvist", "Bartholomew"][number / 6 % 6]
    return "\(first) \(last)\(number / 36)"
  }

  /// What SQL computes of `i` to be the same mail address.
  static let sqlMail = "('person.' || (i * 7919 % 1000003) || '@mail' || (i % 40) || '.example')"

  init(_ sql: String) throws {
    server = try .shared()
    database = try server.createDatabase(named: "leaks")
    try server.run(sql, database: database)
    filter = try collect((1...Self.people).flatMap { [Self.mail($0), Self.phone($0), Self.name($0)] })
  }

  func session() throws -> Session { try Self.session(server, database) }

  static func session(_ server: PostgreSQLServer, _ database: String) throws(DatabaseError) -> Session {
    let parameters: ConnectionParameters
    do {
      parameters = try ConnectionParameters(
        [
          ("host", server.socketFolder), ("port", "\(server.port)"), ("dbname", database), ("user", server.user),
          ("sslmode", "disable"),
        ], password: Secret(server.password))
    } catch { preconditionFailure("\(error)") }
    let session = try Session(connecting: parameters, deadline: .after(.seconds(20)))
    try session.settleForCopying(deadline: .after(.seconds(20)))
    return session
  }

  /// The confirmation of somebody who knows all originals.
  func known(_ suspects: Set<KeyedFingerprint>) throws(LeakProbeFailure) -> Set<KeyedFingerprint>? {
    var reader = OriginalsReader()
    var search = SuspectSearch(suspects: suspects, fingerprinter: filter.fingerprinter)
    for number in 1...Self.people {
      for value in [Self.mail(number), Self.phone(number), Self.name(number)] {
        Array(value.utf8).withUnsafeBytes { bytes in
          reader.take(bytes, .value, &search)
        }
      }
    }
    return search.found
  }

  func table(
    _ name: String, _ columns: [(String, ColumnType.Family)], bytes: Int = 0, key: [String] = ["id"],
    declared: [String: LeakDeclaration] = [:]
  ) throws -> CheckedTable {
    let all = [("id", ColumnType.Family.integer(bytes: 4))] + columns
    let table = Table(
      name: QualifiedName("public", name),
      columns: all.map { Column(name: $0.0, type: ColumnType(name: $0.0, family: $0.1)) },
      uniqueKeys: key.isEmpty ? [] : [UniqueKey(name: "key", columns: key, isPrimary: true)], bytes: bytes)
    return try #require(CheckedTable(table, declaration: { declared[$0.column] ?? .none }))
  }

  func probe(_ tables: [CheckedTable], with texts: [ProbedText] = [], isAsked: Bool = true) throws -> LeakReport {
    let (server, database) = (server, database)
    let probe = LeakProbe(filter, tables: tables, workers: 2, stall: noStall) { () throws(DatabaseError) in
      try Self.session(server, database)
    }
    return try probe.run(with: texts) { (suspects) throws(LeakProbeFailure) in isAsked ? try known(suspects) : nil }
  }
}

extension LeakReport {
  func hits(_ column: String) -> Int { finding(column)?.hits ?? 0 }
  func finding(_ column: String) -> Finding? {
    findings.first { if case .column(let name) = $0.place { name.column == column } else { false } }
  }
}

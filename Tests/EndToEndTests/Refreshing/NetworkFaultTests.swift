import Backends
import Documents
import Foundation
import Reconciliation
import Runtime
import Snapshots
import Synchronization
import TestServers
import Testing

/// What networks do to the streams of rows, on either connection, and do again whenever it is tried again: the previous
/// copy stays as it was, byte by byte, and nothing is left beside it.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct NetworkFaultTests {
  private static let rules: Value = ["users": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]]

  private static let script = """
    CREATE TABLE users (id int PRIMARY KEY, email text, note text);
    INSERT INTO users SELECT n, 'u' || n || '@x.com', repeat(md5(n::text), 4) FROM generate_series(1, 3000) n;
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users); INSERT INTO orders SELECT n, n FROM generate_series(1, 500) n;
    """

  enum End: String { case source, destination }

  /// The question with which rows begin: of the destination's stream, the first piece of them.
  private static func isRows(_ question: String, _ end: End) -> Bool {
    end == .source ? question.contains("COPY (SELECT") : question.hasPrefix("d")
  }

  @Test(arguments: [End.source, .destination]) func thePreviousCopyStays(_ end: End) throws {
    let site = try FaithfulSite(Self.script)
    try #require(try site.refresh(site.order(Self.rules)).summary != nil)
    let standing = AllRows.query + "\nSELECT oid FROM pg_database WHERE datname = current_database()"
    let before = (try site.atCopy(standing), try site.dump())
    try site.atSource("UPDATE users SET email = 'later' || email; INSERT INTO orders VALUES (501, 1)")
    for (fault, verdict) in [
      ("cut", QuestionProxy.Verdict.cutWithin(100_000)), ("black hole", .swallow), ("garbage", .garbage),
    ] {
      let hits = Atomic(0)
      let proxy = try QuestionProxy(toPort: site.server.port) { _, question in
        guard Self.isRows(question, end) else { return .pass }
        hits.add(1, ordering: .relaxed)
        return verdict
      }
      let result = try site.refresh(end, through: proxy.port, stall: .seconds(1))
      guard case .failed(let why, _) = result else { Issue.record("\(fault): \(result)"); continue }
      #expect(why.contains(end.rawValue) && !why.contains("@x.com"), "\(fault): \(why)")
      let tries = hits.load(ordering: .relaxed)
      #expect(tries > 1, "\(fault): it was tried again")
      #expect(try site.atCopy(standing) == before.0 && site.dump() == before.1, "\(fault)")
      #expect(try site.databases() == [site.destination], "\(fault)")
    }
    // A slow network is no fault.
    let slow = try FaultProxy(toPort: site.server.port, .delay(.milliseconds(2)))
    let result = try site.refresh(end, through: slow.port, stall: .seconds(60))
    try #require(result.summary != nil, "\(result)")
    #expect(
      try site.atCopy("SELECT count(*), count(*) FILTER (WHERE email LIKE '%@anon.local') FROM users") == "3000|3000")
    #expect(try site.atCopy("SELECT count(*) FROM orders") == "501")
    #expect(try site.dump() != before.1 && site.databases() == [site.destination])
  }
}

extension FaithfulSite {
  /// Says also that it can be dumped.
  fileprivate func dump() throws -> String { try shell("pg_dump --restrict-key=x -d \(destination)") }

  /// A refresh whose one end is reached through a relay.
  fileprivate func refresh(_ end: NetworkFaultTests.End, through port: Int, stall: Duration) throws -> CopyResult {
    var order = order(["users": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]])
    let endpoint = end == .source ? order.source : order.destination
    let there = ["host": "127.0.0.1", "port": "\(port)", "sslmode": "disable", "sslrootcert": nil]
    var parameters = endpoint.parameters
    for (key, value) in there { parameters[key] = value }
    let relayed = DatabaseEndpoint(parameters: parameters, password: endpoint.password)
    if end == .source { order.source = relayed } else { order.destination = relayed }
    let world = CopyWorld(
      parameters: { endpoint, database throws(DatabaseFailure) in
        try endpoint.connectionParameters(database: database)
      },
      interrupt: try Interrupt(), actor: "ana", run: "run-\(port)", connectTimeout: .seconds(30), stall: stall,
      tools: ClientTools.Places(folder: server.binaries))
    return LiveCopies(catalogue: store, world: world)
      .refresh(order, because: "asked for", check: { _ in nil }, progress: { _ in })
  }
}

import Foundation
import Synchronization
import TestServers
import Testing

/// SQL that cannot be lifted, on clear rows in the quarantine, which somebody has accepted: while it runs no write-ahead
/// log holds them, and afterwards no file does.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct QuarantineSQLTests {
  private static let source = """
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, note text);
    INSERT INTO users SELECT n, 'cnryq' || substr(md5('quarantined' || n), 1, 12) || '@x.com',
      (SELECT string_agg('cnryq' || substr(md5(n || 'toast' || g), 1, 12), ' ') FROM generate_series(1, CASE WHEN n % 20 = 0 THEN 400 ELSE 1 END) g)
      FROM generate_series(1, 2000) n;
    CREATE TABLE logins (user_id int, at date, address text) PARTITION BY RANGE (at);
    CREATE TABLE logins_old PARTITION OF logins FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE logins_new PARTITION OF logins DEFAULT;
    INSERT INTO logins SELECT n, '2025-12-01'::date + n % 60, 'cnryq' || substr(md5('login' || n), 1, 12) FROM generate_series(1, 2000) n;
    CREATE UNLOGGED TABLE passing (id int, v text); INSERT INTO passing VALUES (1, 'nothing'); ANALYZE;
    """

  /// Joined with other rows, and by chance: neither can be an expression of the row that is read.
  private static let sql = """
    UPDATE users u SET email = 'user' || s.place || '@x.com', note = 'none'
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM users) s WHERE s.id = u.id;
    UPDATE logins SET address = md5(random()::text);
    DELETE FROM users USING passing WHERE users.id = passing.id;
    """

  private static let values = """
    COPY (SELECT split_part(email, '@', 1) FROM users UNION ALL SELECT unnest(string_to_array(note, ' ')) FROM users
      UNION ALL SELECT address FROM logins) TO STDOUT
    """

  private static let facts = """
    SELECT count(*), count(*) FILTER (WHERE email LIKE 'user%@x.com' AND note = 'none') FROM users;
    SELECT count(*), count(*) FILTER (WHERE address ~ '^[0-9a-f]{32}$') FROM logins;
    SELECT string_agg(relname || relpersistence::text, ' ' ORDER BY relname) FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r';
    """

  private static let copied = "1999|1999\n2000|2000\nlogins_newp logins_oldp passingu usersp"

  private func declare(_ site: FaithfulSite, through port: Int) throws {
    try site.workshop.write(Self.sql, to: "mask.sql")
    try site.declare(
      "tables: {users: {columns: {email: {keep: by SQL}, note: {keep: by SQL}}}, logins: {columns: {address: {keep: by SQL}}}}",
      sanitize: "{policy: shop_pii, query_file: mask.sql}",
      target: "waive: [{code: clear_rows_on_destination, reason: a server for tests}]", through: (nil, port))
  }

  /// Partitions and TOAST too. The rows do arrive there in clear, so that what is looked for was there.
  @Test func noFileHoldsWhatWasMaskedThere() throws {
    let site = try FaithfulSite(Self.source, far: try .own())
    let wire = try RecordingProxy(toPort: site.far.port)
    try declare(site, through: wire.port)
    let canaries = try Canaries(Set(try site.atSource(Self.values).split(separator: "\n").map(String.init)))
    #expect(canaries.count > 30_000)
    let ended = try site.decant("apply", "--auto-approve")
    try #require(ended.status == 0, "\(ended.all)")
    #expect(try site.atCopy(Self.facts) == Self.copied)
    #expect(try !canaries.found(in: wire.folder).isEmpty)
    try site.far.run("CHECKPOINT", database: "postgres")
    for place in ["data", "log"] {
      let files = try canaries.found(in: "\(site.far.folder)/\(place)")
      #expect(files == [])
    }
  }

  /// A crash empties unlogged tables. Whether it is seen as a lost connection or as nothing at all, the previous copy
  /// stays.
  @Test func aCrashBeforeTheTablesAreLoggedIsNoCopy() throws {
    let site = try FaithfulSite(Self.source, far: try .own())
    try declare(site, through: site.far.port)
    let first = try site.decant("apply", "--auto-approve")
    try #require(first.status == 0, "\(first.all)")
    // But for what is unlogged in the copy as in its source: the crash empties that too.
    let standing = "SELECT * FROM users ORDER BY id; SELECT * FROM logins ORDER BY user_id"
    let before = try site.atCopy(standing)
    try site.atSource("INSERT INTO users VALUES (2001, 'cnrylater@x.com', '')")
    for crashes in [true, false] {
      let hit = Atomic(false)
      let proxy = try QuestionProxy(toPort: site.far.port) { _, question in
        guard question.contains("\"users\" SET LOGGED"),
          hit.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        else { return .pass }
        if crashes {
          try? site.far.stop("immediate")
          try? site.far.start()
          return .cutQuestion
        }
        try? site.emptyInQuarantine("users")
        return .pass
      }
      try declare(site, through: proxy.port)
      let ended = try site.decant("refresh", "users")
      #expect(ended.status != 0, "\(ended.all)")
      if !crashes { #expect(ended.output.contains("public.users has 0 rows"), "\(ended.all)") }
      let wasHit = hit.load(ordering: .relaxed)
      #expect(wasHit)
      #expect(try site.atCopy(standing) == before)
    }
    try declare(site, through: site.far.port)
    try site.refreshed()
    #expect(try site.atCopy("SELECT count(*), count(*) FILTER (WHERE email LIKE 'cnry%') FROM users") == "2000|0")
    #expect(try site.databases() == [site.destination])
  }
}

extension FaithfulSite {
  /// As recovery leaves an unlogged table.
  fileprivate func emptyInQuarantine(_ table: String) throws {
    let quarantine = try #require(try databases().first { $0 != destination })
    try far.run("TRUNCATE \(table) CASCADE", database: quarantine)
  }
}

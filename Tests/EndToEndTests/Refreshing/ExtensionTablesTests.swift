import Documents
import Foundation
import Snapshots
import TestServers
import Testing

/// Tables that an extension makes and whose rows are the user's (`pg_extension_config_dump`): what pg_dump takes of them is
/// copied, and what the extension puts in itself it puts in again.
@Suite(
  .enabled(if: PostgreSQLServer.isAvailable, noServer), .enabled(if: MadeExtension.isPossible, MadeExtension.why),
  .timeLimit(.minutes(30)))
struct ExtensionTablesTests {
  private static let parts =
    """
    CREATE TABLE parts (name text PRIMARY KEY, isOwn bool NOT NULL DEFAULT true, mail text);
    INSERT INTO parts VALUES ('standard', false, NULL), ('spare', false, NULL);
    SELECT pg_extension_config_dump('parts', 'WHERE isOwn');
    CREATE TABLE plain (v text); SELECT pg_extension_config_dump('plain', '');
    CREATE TABLE internal (v text); INSERT INTO internal VALUES ('made by the extension');
    CREATE SEQUENCE numbers; SELECT pg_extension_config_dump('numbers', '');
    """

  @Test func theirRowsArriveAsPgDumpHasThem() throws {
    let made = try MadeExtension(Self.parts)
    let site = try FaithfulSite(
      """
      CREATE EXTENSION \(made.name);
      INSERT INTO parts VALUES ('mine', true, 'ceo@x.com'), ('mine too', true, NULL); UPDATE parts SET mail = 'x' WHERE name = 'spare';
      INSERT INTO plain VALUES ('a'), (E'b\\t\\\\'), (NULL); INSERT INTO internal VALUES ('by somebody');
      SELECT setval('numbers', 41); CREATE TABLE users (id int PRIMARY KEY, part text REFERENCES parts); INSERT INTO users VALUES (1, 'mine');
      """)
    let result = try site.refresh(
      site.order(["parts": ["columns": ["mail": ["strategy": "email", "domain": "anon.local"]]]]))
    try #require(result.summary != nil, "\(result)")
    #expect(
      try site.atCopy("SELECT count(*), count(*) FILTER (WHERE mail ~ '^user_[0-9a-f]+@anon.local$') FROM parts")
        == "4|1")
    // But for the mask, what pg_dump and pg_restore make of the same source.
    let other = try site.far.createDatabase(named: "extension_other")
    try site.shell("pg_dump -Fc -d \(site.source) | pg_restore --exit-on-error --no-owner -d \(other)")
    let rows = AllRows.query.replacingOccurrences(
      of: "\\gexec", with: "\\gexec\nSELECT last_value, is_called FROM public.numbers")
    let there = try site.far.run("UPDATE parts SET mail = NULL; \(rows)", database: other)
    try site.atCopy("UPDATE parts SET mail = NULL")
    let changed = difference(there, try site.atCopy(rows))
    #expect(changed == [])
    #expect(there.contains("made by the extension") && !there.contains("by somebody") && there.contains("41|t"))
  }

  /// And by way of a scratch server, into which they are copied first.
  @Test func soTheyDoByAScratchServer() throws {
    let made = try MadeExtension(Self.parts)
    let scratch = try ScratchSite(
      """
      CREATE EXTENSION \(made.name); INSERT INTO parts VALUES ('mine', true, NULL); INSERT INTO plain VALUES ('a'), (NULL);
      SELECT setval('numbers', 41); CREATE TABLE users (id int PRIMARY KEY, part text); INSERT INTO users VALUES (1, 'none');
      """, on: try ScratchTests.scratch.get())
    try scratch.declare("UPDATE users SET part = (SELECT name FROM parts WHERE isOwn)")
    try scratch.site.refreshed()
    #expect(
      try scratch.site.atCopy(
        "SELECT string_agg(name, ' ' ORDER BY name), (SELECT count(*) FROM plain), (SELECT part FROM users), (SELECT last_value FROM numbers) FROM parts"
      ) == "mine spare standard|2|mine|41")
    #expect(try scratch.leftOver() == [])
  }
}

/// An extension of a test's own in the server's folder of extensions, where we may write; gone with the value.
private final class MadeExtension {
  let name: String

  private static let folder: String? = {
    guard let server = try? PostgreSQLServer.shared() else { return nil }
    return try? server.run(
      "SELECT setting || '/extension' FROM pg_config WHERE name = 'SHAREDIR'", database: "postgres")
  }()

  static var isPossible: Bool { folder.map { FileManager.default.isWritableFile(atPath: $0) } ?? false }
  static var why: Comment { "skipped: nobody but root may write into the server's folder of extensions" }

  init(_ script: String) throws {
    name = "decant_test_\(getpid())_\(UInt32.random(in: 0 ... .max))"
    let folder = try #require(Self.folder)
    try "default_version = '1'\nrelocatable = true\nsuperuser = false\n"
      .write(toFile: "\(folder)/\(name).control", atomically: true, encoding: .utf8)
    try script.write(toFile: "\(folder)/\(name)--1.sql", atomically: true, encoding: .utf8)
    for file in files {
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
    }
  }

  deinit { for file in files { try? FileManager.default.removeItem(atPath: file) } }

  private var files: [String] { ["\(name).control", "\(name)--1.sql"].map { "\(Self.folder ?? "")/\($0)" } }
}

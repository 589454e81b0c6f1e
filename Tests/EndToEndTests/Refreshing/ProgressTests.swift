import Foundation
import TestServers
import Testing

/// What somebody sees while a copy is made: bars on a terminal, a line for each finished table in a pipe.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ProgressTests {
  /// Small tables are copied one after the other and written down together, so that the second one still runs when it is
  /// said of the first that it is finished, however fast the machine is.
  private func site() throws -> FaithfulSite {
    let site = try FaithfulSite(
      """
      CREATE TABLE users (id int PRIMARY KEY, email text);
      CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);
      INSERT INTO users VALUES (1, 'ann.miller@example.com'), (2, 'bo.jones@example.com');
      INSERT INTO orders VALUES (1, 1), (2, 2), (3, 1);
      """)
    try site.declare("tables: {users: {columns: {email: {strategy: email}}}}")
    return site
  }

  @Test(arguments: [80, 100] as [UInt16])
  func barsStandOnATerminalAndAreGoneAtItsEnd(_ columns: UInt16) throws {
    let site = try site()
    let variables = site.variables.merging(["TERM": "xterm", "NO_COLOR": "1"]) { $1 }
    let terminal = try Terminal(["refresh", "users"], in: site.workshop, variables, columns: columns)
    let seen = try terminal.rest()
    #expect(terminal.wait() == 0, "\(seen)")
    let whole = #/» target\.users +[█░]{15} +[0-9]+ %  [0-9,]+ rows/s/#
    let running = #/ public\.users +[█░]{15} +[0-9]+ %  2 rows/#
    #expect(seen.contains(whole) && seen.contains(running), "\(seen)")
    for words in ["making the quarantine", "building indexes and keys", "putting it in place"] {
      #expect(seen.contains(words), "\(words) in \(seen)")
    }
    var screen = TerminalScreen(columns: Int(columns))
    screen.write(seen)
    #expect(screen.unknown == [])
    expectClean(screen.lines)
  }

  /// The header, an empty line, the outcome: as if nothing had ever stood between them.
  private func expectClean(_ lines: [String]) {
    let all = lines.joined(separator: "\n")
    #expect(!all.contains { "█░".contains($0) } && !all.contains("rows/s") && !all.contains("quarantine"), "\(all)")
    #expect(lines.first?.hasPrefix("Workspace shop") == true && all.contains("\nApplied: 1 done"), "\(all)")
    let outcome = lines.firstIndex { $0.hasPrefix("  » target.users") }
    #expect(outcome.map { $0 > 1 && lines[$0 - 1].isEmpty && !lines[$0 - 2].isEmpty } == true, "\(all)")
    #expect(all.contains("refreshed: 2 tables, 5 rows in "), "\(all)")
  }

  @Test func aPipeGetsALineForEachTable() throws {
    let site = try site()
    let ended = try site.decant("refresh", "users")
    #expect(ended.status == 0, "\(ended.all)")
    let lines = ended.error.split(separator: "\n").map { $0.replacing(/[0-9]+ bytes/, with: "N bytes") }
    #expect(lines == ["    public.orders: 3 rows, N bytes", "    public.users: 2 rows, N bytes"], "\(ended.error)")
    #expect(!ended.all.contains("\u{1B}"))
    for silencing in ["--json", "--quiet"] {
      let silent = try site.decant("refresh", "users", silencing)
      #expect(silent.status == 0 && silent.error.isEmpty, "\(silent.all)")
    }
  }
}

import Documents
import Foundation
import Reconciliation
import Synchronization
import TestServers
import Testing

/// While somebody writes, a copy is one instant of the source and never a mixture of two.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(4)))
struct ConcurrentWriterTests {
  /// Each transaction moves an amount between accounts, notes it, opens an account with its first entry and closes
  /// another with all of its: the sum of all balances is 0, that of each account's entries is its balance, and no entry
  /// is without its account.
  private static let script = """
    CREATE TABLE accounts (id serial PRIMARY KEY, email text, balance bigint NOT NULL);
    CREATE TABLE entries (id serial PRIMARY KEY, account_id int NOT NULL REFERENCES accounts, amount bigint NOT NULL, pad text);
    CREATE TABLE runs (id int PRIMARY KEY, done bigint); INSERT INTO runs VALUES (1, 0);
    INSERT INTO accounts (email, balance) SELECT 'a' || n || '@x.com', CASE WHEN n % 2 = 0 THEN 10 ELSE -10 END FROM generate_series(1, 4000) n;
    INSERT INTO entries (account_id, amount, pad) SELECT id, balance, repeat('x', 300) FROM accounts;
    CREATE PROCEDURE work() LANGUAGE plpgsql AS $$
      DECLARE a int; b int; c int; d int; n int := 0;
      BEGIN
        LOOP
          n := n + 1;
          a := 1 + (n * 7919) % 3000; b := 3001 + (n * 104729) % 900;
          UPDATE accounts SET balance = balance + n WHERE id = a; INSERT INTO entries (account_id, amount, pad) VALUES (a, n, '');
          UPDATE accounts SET balance = balance - n WHERE id = b; INSERT INTO entries (account_id, amount, pad) VALUES (b, -n, '');
          INSERT INTO accounts (email, balance) VALUES ('new' || n || '@x.com', n) RETURNING id INTO c;
          INSERT INTO entries (account_id, amount, pad) VALUES (c, n, 'first');
          INSERT INTO accounts (email, balance) VALUES ('new' || n || 'b@x.com', -n) RETURNING id INTO d;
          INSERT INTO entries (account_id, amount, pad) VALUES (d, -n, 'first');
          IF n % 3 = 0 THEN
            DELETE FROM entries WHERE account_id IN (c, d); DELETE FROM accounts WHERE id IN (c, d);
          END IF;
          UPDATE runs SET done = n;
          COMMIT;
          EXIT WHEN n > 100000 OR EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'stopping' AND datname = current_database());
        END LOOP;
      END $$;
    """

  private static let rules: Value = ["accounts": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]]

  private static let sound = """
    SELECT sum(balance) FROM accounts;
    SELECT count(*) FROM entries e LEFT JOIN accounts a ON a.id = e.account_id WHERE a.id IS NULL;
    SELECT count(*) FROM (SELECT a.id FROM accounts a LEFT JOIN entries e ON e.account_id = a.id GROUP BY a.id, a.balance
      HAVING a.balance <> coalesce(sum(e.amount), 0)) wrong;
    SELECT count(*) - 4000 - 2 * (SELECT done - done / 3 FROM runs) FROM accounts;
    SELECT count(*) FROM accounts WHERE email !~ '^user_[0-9a-f]+@anon.local$';
    """

  @Test func aCopyIsOneInstant() throws {
    let site = try FaithfulSite(Self.script)
    let writer = try HeldSession(site.server, site.source, application: "writing")
    try writer.say("CALL work();")
    @Sendable func done() throws -> Int { Int(try site.atSource("SELECT done FROM runs")) ?? 0 }
    #expect(try eventually { try done() > 0 })
    let atRows = Mutex<[Int]>([])
    for _ in 0..<3 {
      let order = site.order(Self.rules)
      let result = try site.refresh(
        order,
        progress: { progress in
          // The writer goes on after the instant and while rows are copied.
          guard progress.phase == .rows || progress.phase == .indexes else { return }
          guard let seen = try? done() else { return }
          _ = try? eventually { try done() > seen }
          atRows.withLock { $0.append(seen) }
        })
      try #require(result.summary != nil, "\(result)")
      let copied = try site.atCopy(Self.sound)
      #expect(copied == "0\n0\n0\n0\n0")
      let before = try #require(Int(try site.atCopy("SELECT done FROM runs")))
      #expect(try done() > before)
      // What a sequence gives next is behind every row of the copy.
      #expect(try site.atCopy("SELECT nextval('accounts_id_seq') > max(id) FROM accounts") == "t")
      #expect(try site.atCopy("SELECT nextval('entries_id_seq') > max(id) FROM entries") == "t")
    }
    #expect(atRows.withLock { Set($0).count } > 3)
    let stopping = try HeldSession(site.server, site.source, application: "stopping")
    #expect(try writer.end().status == 0)
    try stopping.end()
  }
}

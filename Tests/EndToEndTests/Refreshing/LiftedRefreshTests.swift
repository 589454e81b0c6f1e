import Documents
import Foundation
import Reconciliation
import TestServers
import Testing

/// Statements of a team, with rules, filters and foreign keys beside them, through a whole refresh.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct LiftedRefreshTests {
  private static let script = """
    CREATE EXTENSION citext;
    CREATE FUNCTION is_test(citext) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 LIKE '%@TEST.example'::citext $$;
    CREATE TABLE users (id int PRIMARY KEY, email citext, name text, code text, old bool);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, note text);
    CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE);
    CREATE TABLE logs (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE SET NULL);
    CREATE TABLE grants (id int PRIMARY KEY, user_id int REFERENCES users);
    INSERT INTO users SELECT n, 'User' || n || CASE WHEN n % 5 = 0 THEN '@test.EXAMPLE' ELSE '@corp.example' END,
      'Name ' || n, 'code' || n, n % 3 = 0 FROM generate_series(1, 60) n;
    INSERT INTO orders SELECT n, 1 + n % 60, 'note ' || n FROM generate_series(1, 200) n;
    INSERT INTO items SELECT n, 1 + n % 200 FROM generate_series(1, 400) n;
    INSERT INTO logs SELECT n, 1 + n % 60 FROM generate_series(1, 100) n;
    INSERT INTO grants SELECT n, 1 + (n * 5) % 60 FROM generate_series(1, 7) n;

    """
  private static let statements = """
    UPDATE users SET name = 'n' || id, email = 'kept' || id || '@x.example' WHERE NOT old;
    DELETE FROM users WHERE old OR email LIKE '%@TEST.example';
    """

  private static func order(_ site: FaithfulSite, _ statements: String = statements) -> CopyOrder {
    var order = site.order([
      "users": [
        "filter": "id < 51 AND NOT is_test(email)",
        "columns": ["code": ["strategy": "custom", "expression": "upper(name) || '/' || email"]],
      ], "orders": ["columns": ["note": ["strategy": "shuffle_within"]]],
    ])
    order.statements = [CopyOrder.Statements(path: "sanitize.override_query", sql: statements)]
    return order
  }

  @Test func statementsKeysFiltersAndRulesTogether() throws {
    let site = try FaithfulSite(Self.script + "DELETE FROM grants WHERE user_id % 3 = 0;")
    let result = try site.refresh(Self.order(site))
    try #require(result.summary != nil, "\(result)")
    // In place: the rows that are copied, then the statements, then the rules.
    try site.atSource(
      """
      DELETE FROM grants WHERE user_id >= 51 OR user_id % 5 = 0; DELETE FROM logs WHERE user_id >= 51 OR user_id % 5 = 0;
      DELETE FROM users WHERE NOT (id < 51 AND NOT is_test(email));
      \(Self.statements)
      UPDATE users SET code = upper(name) || '/' || email;
      """)
    for query in [
      "SELECT string_agg(u::text, ' ' ORDER BY id) FROM users u",
      "SELECT string_agg(i::text, ' ' ORDER BY id) FROM items i",
      "SELECT string_agg(id || ' ' || user_id, ',' ORDER BY id), string_agg(note, ' ' ORDER BY note) FROM orders",
      "SELECT string_agg(l::text, ' ' ORDER BY id) FROM logs l",
      "SELECT string_agg(g::text, ' ' ORDER BY id) FROM grants g",
    ] {
      let expected = try site.atSource(query)
      #expect(expected.count > 20)
      #expect(try site.atCopy(query) == expected, "\(query)")
    }
    #expect(try site.atCopy("SELECT count(*) FILTER (WHERE user_id IS NULL) > 0 FROM logs") == "t")
  }

  /// In place the statement would fail, and here the plan does, and whoever did not plan fails before a row is read.
  @Test func whatAKeyForbidsIsSaidBeforeARowIsRead() throws {
    let site = try FaithfulSite(Self.script)
    var order = Self.order(site, "DELETE FROM users WHERE id = 26")
    order.policy = ["tables": ["users": ["columns": ["name": ["strategy": "null"]]]]]
    let sentence =
      "line 1, `DELETE FROM users WHERE id = 26`: rows of public.grants refer to rows that it deletes (grants_user_id_fkey), and PostgreSQL would refuse it"
    guard case .success(let study) = try site.study(order) else { Issue.record("not studied"); return }
    #expect(
      study.notes.contains { $0.code == "sql_referred" && $0.severity == .error && $0.message.hasPrefix(sentence) })
    guard case .failed(let why, _) = try site.refresh(order) else { Issue.record("made"); return }
    #expect(why.contains(sentence), "\(why)")
    #expect(try site.databases() == [])
    try site.atSource("DELETE FROM grants WHERE user_id = 26")
    #expect(try site.refresh(order).summary != nil)
    #expect(try site.atCopy("SELECT count(*) FROM orders WHERE user_id = 26") == "0")
  }
}

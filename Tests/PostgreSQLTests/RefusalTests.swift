import PostgreSQL
import Runtime
import TestServers
import Testing

/// No error holds a value of a row.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct RefusalTests {
  let server: PostgreSQLServer
  static let canary = "ceo.canary@corp.example"

  init() throws { server = try .shared() }

  private static let schema = """
    CREATE SCHEMA shop;
    CREATE DOMAIN shop.short AS text CHECK (length(VALUE) < 5);
    CREATE TABLE shop.people (id int PRIMARY KEY, email text UNIQUE, age int NOT NULL,
      CONSTRAINT no_at CHECK (id > 0), nick varchar(5));
    INSERT INTO shop.people VALUES (1, '\(canary)', 40, 'x');
    CREATE TABLE shop.orders (person int REFERENCES shop.people, body jsonb);
    INSERT INTO shop.orders VALUES (1, '{"m": "\(canary)"}');
    CREATE FUNCTION shop.tell() RETURNS int LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'bad address %', (SELECT email FROM shop.people LIMIT 1); END $$;
    CREATE FUNCTION shop.tell_as_table() RETURNS int LANGUAGE plpgsql AS $$
      BEGIN RAISE undefined_table USING MESSAGE = (SELECT email FROM shop.people LIMIT 1); END $$;
    CREATE FUNCTION shop.tell_own() RETURNS int LANGUAGE plpgsql AS $$
      BEGIN RAISE SQLSTATE 'ZZ999' USING MESSAGE = (SELECT email FROM shop.people LIMIT 1); END $$;
    """

  /// Statement, SQLSTATE, and what the sentence must name.
  @Test(arguments: [
    ("INSERT INTO shop.people VALUES (2, '\(canary)', 1)", "23505", "unique_violation on table shop.people"),
    (
      "INSERT INTO shop.people VALUES (3, '\(canary)x')", "23502", "not_null_violation on table shop.people, column age"
    ),
    ("INSERT INTO shop.people VALUES (-4, '\(canary)y', 1)", "23514", "constraint no_at"),
    ("DELETE FROM shop.people", "23503", "foreign_key_violation on table shop.orders"),
    ("SELECT email::int FROM shop.people", "22P02", "invalid_text_representation"),
    ("SELECT email::date FROM shop.people", "22007", "invalid_datetime_format"),
    ("UPDATE shop.people SET nick = email", "22001", "string_data_right_truncation"),
    ("SELECT email::shop.short FROM shop.people", "23514", "type shop.short"),
    ("SELECT (body->>'m')::jsonb FROM shop.orders", "22P02", "invalid_text_representation"),
    ("SELECT regexp_replace(email, email || '(', '') FROM shop.people", "2201B", "invalid_regular_expression"),
    ("SELECT 1/(age - 40) FROM shop.people", "22012", "division_by_zero"),
    ("SELECT shop.tell()", "P0001", "raise_exception"),
    ("SELECT shop.tell_as_table()", "42P01", "undefined_table"),
    ("SELECT shop.tell_own()", "ZZ999", "condition ZZ999"),
  ])
  func aRefusalNamesObjectsAndNoValue(sql: String, sqlstate: String, named: String) throws {
    let database = try server.createDatabase(named: "refusal")
    try server.run(Self.schema, database: database)
    let session = try connected(server, database: database)
    let error = try databaseError { _ = try session.query(sql, deadline: patience) }
    #expect(error.kind == .server)
    #expect(error.sqlstate == sqlstate)
    #expect(error.message.contains(named), "\(error)")
    var dumped = ""
    dump(error, to: &dumped)
    #expect(!(error.description + dumped).contains("canary"))
    #expect(session.isOpen)
  }

  @Test func otherClassesKeepTheServersWords() throws {
    let session = try connected(server)
    let error = try databaseError { _ = try session.query("SELECT * FROM absent", deadline: patience, as: "look") }
    #expect(
      error.description
        == #"\#(session.subject): look failed: relation "absent" does not exist (SQLSTATE 42P01)"#)
  }
}

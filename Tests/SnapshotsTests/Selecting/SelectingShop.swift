import Documents
import Masking
import PostgreSQL
import Reconciliation
import Snapshots
import TestServers
import Testing

/// A shop whose references are of every sort: plain, composite, nullable, of citext, to and from partitions, between
/// partitions of one level, over inheritance, to itself, and undeclared ones out of a column and out of JSON.
struct SelectingShop {
  let server: PostgreSQLServer
  let database: String
  let schema: DatabaseSchema

  init() throws {
    server = try PostgreSQLServer.shared()
    database = try server.createDatabase(named: "selecting")
    try server.run(Self.sql, database: database)
    schema = try SnapshotsTests.schema(server, database, SchemaSelection(included: ["public"]))
  }

  static let instant = CopyInstant("2026-06-30 12:00:00+00")

  /// Masks play no part here but for NULL, which the source makes.
  func plan(_ spec: Value) -> CopyPlan {
    CopyPlan(policy: MaskingPolicy(spec: spec), schema: schema, keys: nil) { order in
      order.strategy == "null" ? .expression("NULL") : .kept
    }
  }

  /// The script that copies by a plan into the schema `copy`, each statement as it would be streamed.
  func script(_ plan: CopyPlan) throws -> String {
    let instant = try #require(Self.instant)
    let inserts = plan.tables.map { table in
      let columns = table.columns.map { PostgreSQLServer.quoted($0.column.name) }.joined(separator: ", ")
      let target = "copy.\(PostgreSQLServer.quoted(table.table.name.name))"
      return "INSERT INTO \(target) (\(columns)) OVERRIDING SYSTEM VALUE \(table.select(at: instant));"
    }
    let empty = schema.tables.map { "DELETE FROM copy.\(PostgreSQLServer.quoted($0.name.name));" }
    return "BEGIN; SET LOCAL search_path = pg_catalog; " + (empty + inserts).joined(separator: "\n") + "COMMIT;\n"
  }

  /// References of the copy that lead nowhere, as `name count` lines; none where all is well.
  var orphans: String {
    let declared = schema.foreignKeys.map { key in
      let pairs = zip(key.columns, key.referencedColumns)
      let joined = pairs.map { "p.\"\($1)\" = c.\"\($0)\"" }.joined(separator: " AND ")
      let full = key.columns.map { "c.\"\($0)\" IS NOT NULL" }.joined(separator: " AND ")
      return (
        key.name,
        "copy.\"\(key.from.name)\" c WHERE \(full) AND NOT EXISTS (SELECT FROM copy.\"\(key.to.name)\" p WHERE \(joined))"
      )
    }
    let virtual = [
      (
        "virtual contact",
        "copy.orders c WHERE contact IN (SELECT email FROM users) AND contact NOT IN (SELECT email FROM copy.users)"
      ),
      (
        "virtual json",
        "copy.audit_logs c WHERE note #>> '{who,email}' IN (SELECT email FROM users) AND note #>> '{who,email}' NOT IN (SELECT email FROM copy.users)"
      ),
    ]
    return (declared + virtual).map { "SELECT '\($0.0) ' || count(*) FROM \($0.1) HAVING count(*) > 0;" }
      .joined(separator: "\n")
  }

  static let sql = """
    CREATE EXTENSION citext;
    CREATE TABLE countries (code citext PRIMARY KEY, name text);
    CREATE TABLE users (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE, country citext REFERENCES countries,
      created_at timestamptz NOT NULL, plan text, shouted text GENERATED ALWAYS AS (upper(email)) STORED);
    CREATE TABLE orders (
      id int, shop int, user_id bigint NOT NULL REFERENCES users, contact varchar(40), placed_at timestamptz,
      state text, PRIMARY KEY (shop, id));
    CREATE TABLE order_items (
      line int PRIMARY KEY, order_id int, shop int, sku text, FOREIGN KEY (shop, order_id) REFERENCES orders (shop, id));
    CREATE TABLE audit_logs (user_id bigint REFERENCES users, created_at timestamptz, action text, note jsonb);
    CREATE TABLE staff (id int PRIMARY KEY, boss_id int REFERENCES staff, user_id bigint REFERENCES users);
    CREATE TABLE events (id int, kind text, user_id bigint REFERENCES users, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
    CREATE TABLE events_click PARTITION OF events FOR VALUES IN ('click');
    CREATE TABLE events_other (kind text NOT NULL, user_id bigint, id int NOT NULL);
    ALTER TABLE events ATTACH PARTITION events_other DEFAULT;
    ALTER TABLE events ADD COLUMN country citext;
    ALTER TABLE events_other ADD CONSTRAINT other_country FOREIGN KEY (country) REFERENCES countries;
    CREATE TABLE event_notes (id int PRIMARY KEY, event_id int, kind text, FOREIGN KEY (event_id, kind) REFERENCES events (id, kind));
    CREATE TABLE animals (id int PRIMARY KEY, name text, born timestamptz);
    CREATE TABLE dogs (owner bigint REFERENCES users) INHERITS (animals);
    CREATE TABLE vets (id int PRIMARY KEY, animal_id int REFERENCES animals);
    CREATE SCHEMA copy;
    INSERT INTO countries SELECT upper(c), c FROM unnest('{de,fr,us,jp,br}'::text[]) c;
    INSERT INTO users (email, country, created_at, plan)
      SELECT 'u' || n || '@x.org', CASE WHEN n % 7 > 0 THEN (ARRAY['de','fr','us','jp','br'])[1 + n % 5] END,
        '2026-06-30'::timestamptz - n * interval '3 days', (ARRAY['free','paid','gold', NULL])[1 + (n % 41) / 10 % 4]
      FROM generate_series(1, 400) n;
    INSERT INTO orders SELECT n, n % 3, 1 + (n * 7919) % 400, 'u' || 1 + (n * 31) % 450 || '@x.org',
        '2026-06-30'::timestamptz - n * interval '5 hours', (ARRAY['open','paid','sent'])[1 + n % 3]
      FROM generate_series(1, 1200) n;
    INSERT INTO order_items SELECT n, CASE WHEN n % 11 > 0 THEN 1 + n % 1200 END, (1 + n % 1200) % 3, 'sku' || n % 40
      FROM generate_series(1, 3000) n;
    INSERT INTO audit_logs SELECT CASE WHEN n % 4 > 0 THEN 1 + n % 400 END, '2026-06-30'::timestamptz - n * interval '1 hour',
        'act' || n % 9, CASE WHEN n % 3 > 0 THEN jsonb_build_object('who', jsonb_build_object('email', 'u' || 1 + n % 430 || '@x.org')) END
      FROM generate_series(1, 1500) n;
    INSERT INTO staff SELECT n, NULLIF(n / 3, 0), CASE WHEN n % 2 > 0 THEN n END FROM generate_series(1, 60) n;
    INSERT INTO events (id, kind, user_id, country)
      SELECT n, CASE WHEN n % 2 > 0 THEN 'click' ELSE 'view' || n % 3 END, NULLIF(n % 401, 0), (ARRAY['DE','Fr','us'])[1 + n % 3]
      FROM generate_series(1, 900) n;
    INSERT INTO event_notes SELECT n, n, CASE WHEN n % 2 > 0 THEN 'click' ELSE 'view' || n % 3 END FROM generate_series(1, 900) n;
    INSERT INTO animals SELECT n, 'cat' || n, '2026-06-30'::timestamptz - n * interval '1 day' FROM generate_series(1, 100) n;
    INSERT INTO dogs SELECT 1000 + n, 'dog' || n, '2026-06-30'::timestamptz - n * interval '1 day', n FROM generate_series(1, 100) n;
    INSERT INTO vets SELECT n, n FROM generate_series(1, 100) n;
    CREATE TABLE copy.countries (LIKE countries); CREATE TABLE copy.users (LIKE users INCLUDING GENERATED INCLUDING IDENTITY);
    CREATE TABLE copy.orders (LIKE orders); CREATE TABLE copy.order_items (LIKE order_items);
    CREATE TABLE copy.audit_logs (LIKE audit_logs); CREATE TABLE copy.staff (LIKE staff);
    CREATE TABLE copy.events (LIKE events) PARTITION BY LIST (kind);
    CREATE TABLE copy.events_click PARTITION OF copy.events FOR VALUES IN ('click');
    CREATE TABLE copy.events_other PARTITION OF copy.events DEFAULT;
    CREATE TABLE copy.event_notes (LIKE event_notes); CREATE TABLE copy.animals (LIKE animals);
    CREATE TABLE copy.dogs () INHERITS (copy.animals); ALTER TABLE copy.dogs ADD owner bigint;
    CREATE TABLE copy.vets (LIKE vets);
    ANALYZE;
    """
}

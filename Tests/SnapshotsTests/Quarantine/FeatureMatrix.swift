/// A source with one of everything that a copy has to bring over, and of what it must not.
enum FeatureMatrix {
  static let schemas = ["public", "user data", "Ünïcode \"quoted\" schema", "empty"]

  /// A name of 63 bytes.
  static let longName = String(repeating: "ä", count: 31) + "x"

  static let script = """
    CREATE SCHEMA "user data"; CREATE SCHEMA "Ünïcode ""quoted"" schema"; CREATE SCHEMA empty;
    CREATE SCHEMA private; CREATE SCHEMA "DATA";
    CREATE EXTENSION citext; CREATE EXTENSION hstore WITH SCHEMA "user data"; CREATE EXTENSION pgcrypto;
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
    CREATE TYPE pair AS (a int, b text);
    CREATE TYPE span AS RANGE (subtype = float8);
    CREATE DOMAIN mail AS citext CHECK (VALUE ~ '@') NOT NULL;
    CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := NEW.n + 1; RETURN NEW; END';
    CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
    CREATE FUNCTION atomic(i int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT twice(i); END;
    CREATE PROCEDURE nothing() LANGUAGE sql AS '';
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
    CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
    CREATE CAST (pair AS text) WITH INOUT;
    CREATE TABLE users (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email mail UNIQUE, name varchar(40) COLLATE german,
      nick "char" DEFAULT 'x', n int DEFAULT twice(2) CHECK (n < 1000), mood mood[], p pair, s span, h "user data".hstore,
      doubled int GENERATED ALWAYS AS (n * 2) STORED, tags text[], j jsonb, x xml, ts tsvector, b bytea);
    CREATE TABLE orders (
      id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE, at timestamptz,
      during tstzrange, EXCLUDE USING gist (during WITH &&));
    CREATE TABLE nodes (id int PRIMARY KEY, parent int REFERENCES nodes);
    CREATE TABLE measures (at date NOT NULL, v int) PARTITION BY RANGE (at);
    CREATE TABLE measures_2025 PARTITION OF measures FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (v);
    CREATE TABLE measures_2025_1 PARTITION OF measures_2025 FOR VALUES IN (1, 2);
    CREATE TABLE measures_rest PARTITION OF measures DEFAULT;
    CREATE INDEX ON measures (v);
    CREATE TABLE base (a int); CREATE TABLE derived (b int) INHERITS (base);
    CREATE UNLOGGED TABLE fleeting (a int PRIMARY KEY);
    CREATE TABLE keyless (a int); CREATE TABLE bare ();
    CREATE TABLE "Ünïcode ""quoted"" schema"."ta
    ble; DROP" ("co""l
    umn" int PRIMARY KEY, "\(longName)" text);
    CREATE TABLE "user data"."\(longName)" ("\(longName)" serial);
    CREATE TABLE "DATA" (id int PRIMARY KEY); CREATE VIEW "TABLE DATA x" AS SELECT * FROM "DATA";
    CREATE SEQUENCE alone INCREMENT 3 START 10; CREATE SEQUENCE down INCREMENT -1 MAXVALUE 100 MINVALUE -100 START 100;
    CREATE INDEX users_expression ON users (lower(name)) WHERE n > 0;
    CREATE INDEX users_json ON users USING gin (j jsonb_path_ops);
    CREATE STATISTICS users_stats (dependencies) ON n, id FROM users;
    CREATE VIEW people AS SELECT id, name FROM users WITH CASCADED CHECK OPTION;
    CREATE MATERIALIZED VIEW moods AS SELECT count(*) AS c FROM users; CREATE UNIQUE INDEX ON moods (c);
    CREATE MATERIALIZED VIEW moods2 AS SELECT c + 1 AS d FROM moods;
    CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS one WITH NO DATA;
    CREATE TRIGGER touched BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
    ALTER TABLE users DISABLE TRIGGER touched;
    CREATE RULE quiet AS ON DELETE TO nodes DO INSTEAD NOTHING;
    ALTER TABLE nodes ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON nodes USING (id > 0);
    CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
    ALTER TABLE users REPLICA IDENTITY FULL; ALTER TABLE keyless SET (fillfactor = 50);
    ALTER TABLE users ALTER name SET STATISTICS 500, ALTER b SET STORAGE EXTERNAL;
    COMMENT ON TABLE users IS 'asked for by ceo@example.com'; COMMENT ON EXTENSION citext IS 'mail';

    INSERT INTO users (email, name, mood, p, s, h, tags, j, b) OVERRIDING SYSTEM VALUE
      SELECT 'u' || g || '@x.org', 'Name ' || g, '{sad,NULL}', ROW(g, 'b')::pair, '[1,2)', 'a=>1', '{}', '{"a": 1}', '\\x00ff'
      FROM generate_series(1, 200) g;
    INSERT INTO orders (user_id, at, during) SELECT g, 'epoch', tstzrange('epoch'::timestamptz + g * '1 day'::interval, 'epoch'::timestamptz + g * '1 day'::interval) FROM generate_series(1, 200) g;
    INSERT INTO nodes VALUES (1, NULL), (2, 1); INSERT INTO measures VALUES ('2025-05-05', 1), ('1999-01-01', 7);
    INSERT INTO base VALUES (1); INSERT INTO derived VALUES (2, 3); INSERT INTO fleeting VALUES (4);
    INSERT INTO keyless VALUES (1), (1); INSERT INTO "DATA" VALUES (1);
    INSERT INTO "Ünïcode ""quoted"" schema"."ta
    ble; DROP" VALUES (1, 'x');
    SELECT nextval('alone'), nextval('down'); REFRESH MATERIALIZED VIEW moods; REFRESH MATERIALIZED VIEW moods2;
    """

  /// What a copy does not get, and what goes with it.
  static let leftOutScript = """
    CREATE EXTENSION dblink;
    CREATE VIEW far AS SELECT * FROM dblink('host=x password=hunter2', 'SELECT 1') AS t(a int);
    CREATE VIEW farther AS SELECT a + 1 AS b FROM far;
    CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper;
    CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (password 'hunter2');
    CREATE FOREIGN TABLE distant (a int) SERVER elsewhere; CREATE VIEW from_distant AS SELECT * FROM distant;
    CREATE FUNCTION noticed() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION noticed();
    CREATE PUBLICATION everything FOR ALL TABLES;
    CREATE PUBLICATION some_of_it FOR TABLE users;
    SELECT lo_create(4242);
    CREATE TABLE private.hidden (id int PRIMARY KEY);
    CREATE VIEW peeking AS SELECT * FROM private.hidden;
    ALTER TABLE keyless ADD CONSTRAINT to_hidden FOREIGN KEY (a) REFERENCES private.hidden NOT VALID;
    """

  /// Takes the same away from the source afterwards, so that both can be compared.
  static let removalScript = """
    DROP VIEW from_distant, peeking; DROP FOREIGN TABLE distant; DROP FOREIGN DATA WRAPPER wrapper CASCADE;
    DROP EVENT TRIGGER watcher; DROP EXTENSION dblink CASCADE; DROP SCHEMA private CASCADE;
    DROP PUBLICATION everything, some_of_it; SELECT lo_unlink(4242); DROP SCHEMA "DATA";
    """
}

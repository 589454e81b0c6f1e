/// One of everything that a PostgreSQL table can have. `long` is a name of 63 bytes in two-byte letters and a quote.
enum TableMatrix {
  static let long = "Ünïcödé\"" + String(repeating: "ä", count: 25) + "x"

  static let sql = #"""
    CREATE EXTENSION citext;
    CREATE EXTENSION hstore;
    CREATE EXTENSION pageinspect;
    CREATE SCHEMA app;
    CREATE SCHEMA hidden;
    CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok', 'happy');
    CREATE TYPE app.place AS (street text, mood app.mood);
    CREATE TYPE app.span AS RANGE (subtype = int4);
    CREATE DOMAIN app.label AS varchar(20) NOT NULL CHECK (VALUE <> '');
    CREATE DOMAIN app.mail AS app.label CHECK (VALUE ~ '@');
    CREATE FUNCTION app.shout(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)';
    CREATE FUNCTION app.upper(int) RETURNS int VOLATILE LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE OPERATOR app.@@@ (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text);
    CREATE TABLE app.users (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone int, email app.mail UNIQUE, nick citext,
      moods app.mood[], home app.place, reach app.span, many int4multirange, attributes hstore, code char(4) COLLATE "C",
      tags varchar(7)[], price numeric(10,2), shape point,
      age int CHECK (age > 0), shown text GENERATED ALWAYS AS (upper(code) || age) STORED,
      CONSTRAINT bound CHECK (age < 200 OR code IS NULL));
    ALTER TABLE app.users DROP COLUMN gone;
    CREATE UNIQUE INDEX users_nick ON app.users (lower(nick::text), id) WHERE age > 18;
    CREATE UNIQUE INDEX users_included ON app.users (code) INCLUDE (age);
    CREATE TABLE app.orders (
      id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES app.users ON DELETE CASCADE ON UPDATE SET NULL,
      nick citext, a int, b int, UNIQUE (a, b), EXCLUDE USING gist (int4range(a, b) WITH &&));
    CREATE TABLE app.nicks (nick citext PRIMARY KEY);
    ALTER TABLE app.orders ADD CONSTRAINT nick_known FOREIGN KEY (nick) REFERENCES app.nicks NOT VALID;
    CREATE TABLE app.pairs (x int, y int, FOREIGN KEY (y, x) REFERENCES app.orders (b, a));
    CREATE TRIGGER touched BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
    CREATE TRIGGER off BEFORE DELETE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
    ALTER TABLE app.orders DISABLE TRIGGER off;
    CREATE RULE swallow AS ON DELETE TO app.pairs DO INSTEAD NOTHING;
    CREATE TABLE app.events (id int, at date, kind text, PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
    CREATE TABLE app.events_old PARTITION OF app.events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE app.events_new PARTITION OF app.events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)
      PARTITION BY LIST (kind);
    CREATE TABLE app.events_new_a PARTITION OF app.events_new FOR VALUES IN ('a');
    CREATE TABLE app.events_new_b (kind text NOT NULL, at date NOT NULL, id int NOT NULL);
    ALTER TABLE app.events_new ATTACH PARTITION app.events_new_b DEFAULT;
    CREATE TABLE app.hashed (id int, kind text) PARTITION BY HASH (lower(kind), id);
    CREATE TABLE app.hashed_0 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 1, REMAINDER 0);
    CREATE TABLE app.animals (name text NOT NULL);
    CREATE TABLE app.dogs (bark text) INHERITS (app.animals);
    CREATE UNLOGGED TABLE app.scratch (x int);
    ALTER TABLE app.scratch ENABLE ROW LEVEL SECURITY;
    CREATE FOREIGN DATA WRAPPER nothing;
    CREATE SERVER far FOREIGN DATA WRAPPER nothing;
    CREATE FOREIGN TABLE app.remote (x int) SERVER far;
    CREATE TABLE app.empty ();
    CREATE TABLE app."\#(long.replacing("\"", with: "\"\""))" ("Ein ""Wort""" text PRIMARY KEY);
    CREATE TABLE hidden.t (x int);
    CREATE SEQUENCE app.free;
    CREATE VIEW app.seen AS SELECT id FROM app.users;
    CREATE MATERIALIZED VIEW app.stored AS SELECT 1 AS one;
    CREATE TEMP TABLE passing (x int);
    INSERT INTO app.animals SELECT 'x' FROM generate_series(1, 1000);
    ANALYZE app.animals;
    """#
}

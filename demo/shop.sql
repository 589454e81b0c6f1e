-- A shop's production database, made up: nobody in it exists.
--
--   SHOP_RO_PASSWORD=… SHOP_DEV_PASSWORD=… psql -v users=100000 -f demo/shop.sql postgres
--
-- The passwords come from the environment, because an argument list is open to everybody on the machine.
-- The same number of users gives the same rows on every machine: nothing is drawn at random, each value is a hash of
-- the row's number. Whatever could belong to somebody comes from a range that is set aside for fiction: domains under
-- .example, telephone numbers of the film and drama ranges, social security numbers of the 9xx area with a group that
-- neither the SSA nor the IRS gives out, and card numbers that payment providers publish for testing.
\set ON_ERROR_STOP on
\set QUIET on
\if :{?users} \else \set users 100000 \endif
\set ro_password `printenv SHOP_RO_PASSWORD`
\set dev_password `printenv SHOP_DEV_PASSWORD`

-- Roles. The owner of the tables cannot log in; decant_ro reads production and nothing else; decant_dev owns the copy.
SELECT set_config('demo.ro_password', :'ro_password', false), set_config('demo.dev_password', :'dev_password', false) \g /dev/null
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_owner') THEN
    CREATE ROLE shop_owner NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'decant_ro') THEN
    CREATE ROLE decant_ro LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'decant_dev') THEN
    CREATE ROLE decant_dev LOGIN CREATEDB;  -- a copy is published by renaming, which wants CREATEDB
  END IF;
  EXECUTE format('ALTER ROLE decant_ro PASSWORD %L', current_setting('demo.ro_password'));
  EXECUTE format('ALTER ROLE decant_dev PASSWORD %L', current_setting('demo.dev_password'));
END $$;

CREATE DATABASE shop_prod TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE shop_prod FROM PUBLIC;  -- CONNECT and TEMPORARY
GRANT CONNECT ON DATABASE shop_prod TO decant_ro;
\connect shop_prod
\set ON_ERROR_STOP on

-- Loading is quicker without waiting for the disk; the database can be made again at any time.
SET synchronous_commit = off;
SET client_min_messages = warning;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;  -- PostgreSQL 14 still grants it
CREATE SCHEMA user_data;

CREATE TABLE users (
  id            bigint NOT NULL,
  email         text NOT NULL,
  first_name    text NOT NULL,
  last_name     text NOT NULL,
  phone         text,
  ssn           text,
  date_of_birth date,
  address       text,
  city          text,
  postal_code   text,
  country       char(2) NOT NULL,
  newsletter    boolean NOT NULL DEFAULT false,
  created_at    timestamptz NOT NULL
);
CREATE TABLE orders (
  id               bigint NOT NULL,
  user_id          bigint NOT NULL,
  contact_email    text NOT NULL,
  shipping_address text NOT NULL,
  order_notes      text,
  status           text NOT NULL CHECK (status IN ('placed', 'paid', 'shipped', 'returned')),
  total_cents      integer NOT NULL CHECK (total_cents > 0),
  created_at       timestamptz NOT NULL
);
CREATE TABLE payments (
  id              bigint NOT NULL,
  order_id        bigint NOT NULL,
  card_number     text NOT NULL,
  cardholder_name text NOT NULL,
  amount_cents    integer NOT NULL,
  paid_at         timestamptz NOT NULL
);
CREATE TABLE user_sessions (
  id         uuid NOT NULL,
  user_id    bigint NOT NULL,
  ip_address inet NOT NULL,
  user_agent text NOT NULL,
  started_at timestamptz NOT NULL
);
CREATE TABLE password_reset_tokens (
  token      text NOT NULL,
  user_id    bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE TABLE audit_logs (
  id         bigint NOT NULL,
  user_id    bigint,
  action     text NOT NULL,
  details    jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE user_data.preferences (
  user_id  bigint NOT NULL,
  settings jsonb NOT NULL
);

COMMENT ON TABLE users IS 'Customers with an account. Personal data.';
COMMENT ON COLUMN users.ssn IS 'Only of customers who pay by instalments; asked for by the credit check.';
COMMENT ON COLUMN orders.contact_email IS 'Where news of this order goes; usually the account''s e-mail, copied when the order is placed.';
COMMENT ON COLUMN audit_logs.details IS 'What support staff and the system noted; the e-mail is that of the customer.';
COMMENT ON SCHEMA user_data IS 'What customers set themselves.';

-- A number from 0 to below `bound` that depends on the row and the column only. Inlined by the planner.
CREATE FUNCTION pg_temp.pick(row_number bigint, of_column int, bound int) RETURNS int LANGUAGE sql IMMUTABLE AS
  $$ SELECT ((hashint8extended(row_number, of_column) & 1073741823) % bound)::int $$;

-- First and last names are paired by culture, as they are in life: one row per culture.
CREATE TEMP TABLE cultures AS
SELECT row_number() OVER (ORDER BY country)::int - 1 AS culture, country, firsts, lasts, cities, streets
FROM (VALUES
  ('US', '{James,Mary,Robert,Patricia,Michael,Jennifer,DeShawn,Linda,William,Zoë,Renée,José,Chloe,Malik,Emily,Daniel}'::text[],
         '{Smith,Johnson,Williams,Brown,Jones,O''Connor,Miller,Davis,Washington,Anderson,Taylor,Moore,Jackson,McAllister,Lee,Harris}'::text[],
         '{"San Francisco","Austin","Portland","Chicago","New Orleans","Saint Paul"}'::text[],
         '{"Main St","Oak Ave","Maple Dr","Sunset Blvd","2nd St","Martin Luther King Jr Way"}'::text[]),
  ('GB', '{Oliver,Amelia,Harry,Isla,George,Siân,Aoife,Callum,Freya,Niamh,Rhys,Imogen}',
         '{Hughes,Evans,Walker,Wright,MacLeod,Ní Bhriain,O''Shea,Clarke,Turner,Llewellyn,Fraser,Ward}',
         '{London,Leeds,Cardiff,Glasgow,Belfast,Bristol}', '{"High Street","Church Lane","Station Road","Mill Lane","Queen Street"}'),
  ('ES', '{María,José,Lucía,Íñigo,Sofía,Andrés,Begoña,Álvaro,Inés,Raúl,Núria,Martín}',
         '{García,Muñoz,Fernández,Ibáñez,López,Núñez,Sánchez,Peña,Ramírez,Ordóñez,Gómez,Castaño}',
         '{Madrid,Sevilla,"A Coruña",Málaga,Cádiz,Logroño}', '{"Calle Mayor","Avenida del Puerto","Plaza de España","Calle Nueva"}'),
  ('FR', '{Émilie,François,Hélène,Loïc,Chloé,Jérôme,Noémie,Benoît,Anaïs,Gaël,Océane,Étienne}',
         '{Lefèvre,Müller,Dubois,Bélanger,Moreau,Gauthier,Renaud,Françoise,Hébert,Lacroix,D''Angelo,Château}',
         '{Paris,Orléans,Besançon,Nîmes,Saint-Étienne,Angoulême}', '{"Rue de la Paix","Rue des Écoles","Avenue Foch","Rue du Château"}'),
  ('DE', '{Jürgen,Käthe,Björn,Änne,Lukas,Hannelore,Götz,Mia,Sören,Ute,Jörg,Franziska}',
         '{Müller,Schröder,Weiß,Köhler,Bäcker,Groß,Fischer,Krüger,Schäfer,Vogt,Jäger,Löwe}',
         '{Berlin,München,Köln,Würzburg,Gießen,Lübeck}', '{Hauptstraße,Gartenweg,Schillerstraße,"Am Mühlbach",Bahnhofstraße}'),
  ('PL', '{Łukasz,Małgorzata,Paweł,Agnieszka,Stanisław,Zofia,Michał,Bożena,Grzegorz,Elżbieta}',
         '{Wójcik,Kowalczyk,Zieliński,Dąbrowska,Jabłoński,Szczepański,Król,Wiśniewska,Piątek,Żak}',
         '{Kraków,Łódź,Gdańsk,Wrocław,Poznań,Rzeszów}', '{"ul. Długa","ul. Źródlana","ul. Świętojańska","al. Jerozolimskie"}'),
  ('SE', '{Åsa,Björn,Ingrid,Göran,Märta,Östen,Linnéa,Håkan,Saga,Per}',
         '{Åkesson,Sjöberg,Lindström,Öberg,Nyström,Ekström,Bergqvist,Wikström,Hägg,Söderlund}',
         '{Malmö,Göteborg,Västerås,Umeå,Örebro}', '{Storgatan,Kungsgatan,Skolgatan,Björkvägen}'),
  ('TR', '{Gülşen,Mehmet,Ayşe,Çağrı,Zeynep,Öykü,Emre,İbrahim,Şule,Burak}',
         '{Yılmaz,Öztürk,Çelik,Şahin,Güneş,Doğan,Kılıç,Aydın,Yıldırım,Koç}',
         '{İstanbul,İzmir,Muğla,Eskişehir,Çanakkale}', '{"Atatürk Cad.","Gül Sok.","Çınar Sok.","İnönü Cad."}'),
  ('VN', '{Linh,Minh,Hương,Quân,Thảo,Đức,Ngọc,Tuấn,Hạnh,Phúc}',
         '{Nguyễn,Trần,Lê,Phạm,Huỳnh,Vũ,Đặng,Bùi,Đỗ,Hồ}',
         '{"Hà Nội","Đà Nẵng",Huế,"Cần Thơ"}', '{"Lê Lợi","Trần Hưng Đạo","Nguyễn Huệ"}'),
  ('IN', '{Aarav,Priya,Rohan,Ananya,Vikram,Meera,Arjun,Kavya,Sanjay,Lakshmi}',
         '{Sharma,Patel,Iyer,Reddy,Chatterjee,Nair,Gupta,Menon,Singh,Banerjee}',
         '{Mumbai,Pune,Chennai,Kolkata,Bengaluru}', '{"MG Road","Station Road","Gandhi Marg","Nehru Street"}')
) AS culture (country, firsts, lasts, cities, streets);

-- E-mail addresses are spelled without accents: marks are split off and dropped, the rest is replaced letter by letter.
CREATE FUNCTION pg_temp.plain(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT regexp_replace(
    translate(replace(normalize(lower(name), NFD), 'ß', 'ss'), 'łđıøæ', 'ldioa'), '[^a-z]', '', 'g')
$$;
ALTER TABLE cultures ADD plain_firsts text[], ADD plain_lasts text[];
UPDATE cultures SET
  plain_firsts = (SELECT array_agg(pg_temp.plain(name) ORDER BY place) FROM unnest(firsts) WITH ORDINALITY AS one (name, place)),
  plain_lasts = (SELECT array_agg(pg_temp.plain(name) ORDER BY place) FROM unnest(lasts) WITH ORDINALITY AS one (name, place));

INSERT INTO users
SELECT id,
  -- The row's number at the end, after a letter, keeps the addresses apart.
  CASE pg_temp.pick(id, 4, 4)
    WHEN 0 THEN plain_firsts[f] || '.' || plain_lasts[l]
    WHEN 1 THEN left(plain_firsts[f], 1) || plain_lasts[l]
    WHEN 2 THEN plain_lasts[l] || '.' || plain_firsts[f]
    ELSE plain_firsts[f]
  END || id || (ARRAY['@mail.example', '@post.example', '@inbox.example', '@uni.example'])[1 + pg_temp.pick(id, 5, 4)],
  firsts[f], lasts[l],
  CASE WHEN pg_temp.pick(id, 6, 10) > 0 THEN
    CASE country
      WHEN 'GB' THEN '+44 20 7946 0' || lpad(pg_temp.pick(id, 7, 1000)::text, 3, '0')
      WHEN 'DE' THEN '+49 30 23125 ' || lpad(pg_temp.pick(id, 7, 1000)::text, 3, '0')
      WHEN 'FR' THEN '+33 1 99 00 ' || lpad(pg_temp.pick(id, 7, 100)::text, 2, '0') || ' ' || lpad(pg_temp.pick(id, 8, 100)::text, 2, '0')
      ELSE '+1-' || 201 + pg_temp.pick(id, 7, 788) || '-555-01' || lpad(pg_temp.pick(id, 8, 100)::text, 2, '0')
    END
  END,
  CASE WHEN pg_temp.pick(id, 9, 10) < 3 THEN
    900 + pg_temp.pick(id, 10, 100) || '-' || lpad((1 + pg_temp.pick(id, 11, 49))::text, 2, '0')
      || '-' || lpad((1 + pg_temp.pick(id, 12, 9999))::text, 4, '0')
  END,
  date '1942-01-01' + pg_temp.pick(id, 13, 24000),
  1 + pg_temp.pick(id, 14, 1900) || ' ' || streets[1 + pg_temp.pick(id, 15, cardinality(streets))],
  cities[1 + pg_temp.pick(id, 16, cardinality(cities))],
  lpad((1000 + pg_temp.pick(id, 17, 98000))::text, 5, '0'),
  country,
  pg_temp.pick(id, 18, 3) = 0,
  timestamptz '2026-11-01 00:00+00' - make_interval(mins => pg_temp.pick(id, 19, 2600000))
FROM (
  SELECT id, cultures.*, 1 + pg_temp.pick(id, 2, cardinality(firsts)) AS f, 1 + pg_temp.pick(id, 3, cardinality(lasts)) AS l
  FROM generate_series(1, :users) AS id JOIN cultures ON culture = pg_temp.pick(id, 1, 10)
) AS person
ORDER BY id;

INSERT INTO orders
SELECT o.id, users.id,
  -- Every fiftieth order goes to a work address, which stands in no other column.
  CASE WHEN pg_temp.pick(o.id, 21, 50) = 0 THEN replace(email, '@', '@work.') ELSE email END,
  address || ', ' || city || ' ' || postal_code,
  -- Free text, as people write it.
  CASE pg_temp.pick(o.id, 22, 40)
    WHEN 0 THEN 'Please call ' || coalesce(phone, 'me') || ' before delivery'
    WHEN 1 THEN 'A present: no invoice in the parcel, send it to ' || email
    WHEN 2 THEN 'Leave it with the neighbours, ' || last_name || ' is on the bell'
  END,
  (ARRAY['placed', 'paid', 'shipped', 'shipped', 'shipped', 'shipped', 'shipped', 'shipped', 'shipped', 'returned'])[1 + pg_temp.pick(o.id, 23, 10)],
  500 + pg_temp.pick(o.id, 24, 40000),
  created_at + (timestamptz '2026-11-01 00:00+00' - created_at) * (pg_temp.pick(o.id, 25, 1000) / 1000.0)
FROM (SELECT id, 1 + pg_temp.pick(id, 20, :users) AS user_id FROM generate_series(1, 2 * :users) AS id) AS o
  JOIN users ON users.id = o.user_id
ORDER BY o.id;

INSERT INTO payments
SELECT row_number() OVER (ORDER BY orders.id), orders.id,
  (ARRAY['4242424242424242', '4000056655665556', '5555555555554444', '2223003122003222', '5200828282828210',
    '378282246310005', '371449635398431', '6011000990139424', '3056930009020004', '3566002020360505'])[1 + pg_temp.pick(orders.user_id, 30, 10)],
  first_name || ' ' || last_name, total_cents, orders.created_at + interval '90 seconds'
FROM orders JOIN users ON users.id = orders.user_id
WHERE status <> 'placed';

INSERT INTO user_sessions
SELECT md5('session' || id)::uuid, 1 + pg_temp.pick(id, 40, :users),
  -- 203.0.113.0/24, 198.51.100.0/24 and 2001:db8::/32 are set aside for documentation.
  CASE pg_temp.pick(id, 41, 3)
    WHEN 0 THEN ('2001:db8:' || to_hex(pg_temp.pick(id, 42, 65536)) || '::' || to_hex(1 + pg_temp.pick(id, 43, 65535)))::inet
    WHEN 1 THEN inet '198.51.100.0' + pg_temp.pick(id, 42, 256)
    ELSE inet '203.0.113.0' + pg_temp.pick(id, 42, 256)
  END,
  (ARRAY['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148'])[1 + pg_temp.pick(id, 44, 3)],
  timestamptz '2026-11-01 00:00+00' - make_interval(mins => pg_temp.pick(id, 45, 43200))
FROM generate_series(1, :users) AS id;

INSERT INTO password_reset_tokens
SELECT md5('token' || id), 1 + pg_temp.pick(id, 50, :users), timestamptz '2026-11-01 00:00+00' + make_interval(mins => pg_temp.pick(id, 51, 1440))
FROM generate_series(1, :users / 50) AS id;

INSERT INTO audit_logs
SELECT a.id, users.id,
  (ARRAY['login', 'login', 'login', 'email_changed', 'address_changed', 'refund', 'support_note'])[1 + pg_temp.pick(a.id, 61, 7)],
  jsonb_build_object('email', email, 'ip', '203.0.113.' || pg_temp.pick(a.id, 62, 256), 'by', 'support' || pg_temp.pick(a.id, 63, 9)),
  timestamptz '2026-11-01 00:00+00' - make_interval(mins => pg_temp.pick(a.id, 64, 259200))
FROM (SELECT id, 1 + pg_temp.pick(id, 60, :users) AS user_id FROM generate_series(1, :users) AS id) AS a
  JOIN users ON users.id = a.user_id
ORDER BY a.id;

INSERT INTO user_data.preferences
SELECT id, jsonb_build_object('theme', (ARRAY['light', 'dark'])[1 + pg_temp.pick(id, 70, 2)], 'language', lower(country),
  'notify', jsonb_build_object('email', CASE WHEN newsletter THEN email END, 'sms', phone IS NOT NULL))
FROM users;

-- Keys and indexes come last: built over rows that are there, they cost a fraction.
SET maintenance_work_mem = '256MB';
ALTER TABLE users ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE payments ADD PRIMARY KEY (id);
ALTER TABLE user_sessions ADD PRIMARY KEY (id);
ALTER TABLE password_reset_tokens ADD PRIMARY KEY (token);
ALTER TABLE audit_logs ADD PRIMARY KEY (id);
ALTER TABLE user_data.preferences ADD PRIMARY KEY (user_id);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX orders_user_id_idx ON orders (user_id);
CREATE INDEX payments_order_id_idx ON payments (order_id);
CREATE INDEX user_sessions_user_id_idx ON user_sessions (user_id);
CREATE INDEX audit_logs_created_at_idx ON audit_logs (created_at);
ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE user_sessions ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE password_reset_tokens ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE audit_logs ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE user_data.preferences ADD FOREIGN KEY (user_id) REFERENCES users;

-- Numbers for new rows come from sequences, as the application expects.
SELECT format('ALTER TABLE %s ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START %s)', name, next)
FROM (VALUES ('users', (SELECT max(id) + 1 FROM users)), ('orders', (SELECT max(id) + 1 FROM orders)),
  ('payments', (SELECT max(id) + 1 FROM payments)), ('audit_logs', (SELECT max(id) + 1 FROM audit_logs))) AS t (name, next)
\gexec

-- Everything belongs to the application's owner; the reading role may look, and that is all.
ALTER SCHEMA user_data OWNER TO shop_owner;
SELECT format('ALTER TABLE %I.%I OWNER TO shop_owner', schemaname, tablename)
FROM pg_tables WHERE schemaname IN ('public', 'user_data')
\gexec
GRANT USAGE ON SCHEMA user_data TO decant_ro;
GRANT SELECT ON ALL TABLES IN SCHEMA public, user_data TO decant_ro;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public, user_data TO decant_ro;  -- pg_dump reads their state
ALTER ROLE decant_ro SET default_transaction_read_only = on;  -- a second lock on a door without a handle

ANALYZE;

-- A shop of :users users and twice as many orders, the same in every run: every value is computed from its number.
CREATE TABLE users (
  id bigint NOT NULL, email text NOT NULL, first_name text, last_name text, phone text, ssn text, street text, city text,
  ip text, created_at timestamptz NOT NULL, status text NOT NULL, bio text
);
CREATE TABLE orders (
  id bigint NOT NULL, user_id bigint NOT NULL, email text, total numeric(10, 2), status text, placed_at timestamptz,
  note text
);
\if :filled
INSERT INTO users
SELECT n, 'person' || n || '@mail' || n % 97 || '.example.com', 'First' || n % 5000, 'Last' || n % 70001,
  '+1-555-' || lpad((n % 1000)::text, 3, '0') || '-' || lpad((n * 7919::bigint % 10000)::text, 4, '0'),
  lpad((n * 31 % 1000)::text, 3, '0') || '-' || lpad((n % 100)::text, 2, '0') || '-' || lpad((n * 13 % 10000)::text, 4, '0'),
  n % 9999 || ' Main Street', 'City ' || n % 3000, '10.' || n % 200 || '.' || n / 200 % 200 || '.' || n % 251,
  timestamptz '2020-01-01 00:00+00' + n * interval '97 seconds', (ARRAY['active', 'closed', 'new'])[n % 3 + 1],
  repeat(md5(n::text), 2)
FROM generate_series(1, :users) n;
INSERT INTO orders
SELECT n, n % :users + 1, 'person' || n % :users + 1 || '@mail' || (n % :users + 1) % 97 || '.example.com',
  (n * 37 % 100000) / 100.0, (ARRAY['paid', 'sent', 'back'])[n % 3 + 1],
  timestamptz '2021-01-01 00:00+00' + n * interval '41 seconds', CASE WHEN n % 4 = 0 THEN md5(n::text) END
FROM generate_series(1, 2 * :users) n;
VACUUM ANALYZE;
\endif

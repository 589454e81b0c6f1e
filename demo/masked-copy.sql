-- Makes shop_dev, a masked copy of shop_prod, the way many teams do it by hand: clone, then UPDATE and DELETE.
--
--   psql -f demo/masked-copy.sql postgres
--
-- It is enough to show what `decant verify` proves about a copy. It is not how a copy should be made: UPDATE leaves the
-- clear values behind in dead pages and in the write-ahead log.
\set ON_ERROR_STOP on
\set QUIET on

CREATE DATABASE shop_dev TEMPLATE shop_prod OWNER decant_dev;  -- nobody may be connected to shop_prod meanwhile
REVOKE ALL ON DATABASE shop_dev FROM PUBLIC;
\connect shop_dev
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET client_min_messages = warning;

-- The copy is the developers': production's roles have no business here. Only objects of this database change hands.
REASSIGN OWNED BY shop_owner TO decant_dev;
REVOKE ALL ON ALL TABLES IN SCHEMA public, user_data FROM decant_ro;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public, user_data FROM decant_ro;
REVOKE ALL ON SCHEMA user_data FROM decant_ro;

BEGIN;

-- Sessions and tokens let whoever holds them in: no copy needs them.
TRUNCATE user_sessions, password_reset_tokens;

-- Of the audit log the last 30 days stay, for the support team's screens, without the person.
DELETE FROM audit_logs WHERE created_at < timestamptz '2026-11-01 00:00+00' - interval '30 days';
UPDATE audit_logs SET details = details || jsonb_build_object('email', 'user' || user_id || '@anon.example', 'ip', '192.0.2.1');

UPDATE users SET
  email = 'user' || id || '@anon.example',
  first_name = 'Test',
  last_name = 'User' || id,
  phone = CASE WHEN phone IS NOT NULL THEN '+1-555-000-0000' END,
  ssn = NULL,
  date_of_birth = date_trunc('year', date_of_birth)::date,
  address = '123 Test Street',
  city = 'Test City',
  postal_code = '00000';

UPDATE orders SET
  contact_email = 'user' || user_id || '@anon.example',
  shipping_address = '123 Test Street, Test City 00000',
  order_notes = CASE WHEN order_notes IS NOT NULL THEN 'Test note' END;

UPDATE payments SET
  card_number = '4111111111111111',
  cardholder_name = 'Test Cardholder';

UPDATE user_data.preferences
SET settings = jsonb_set(settings, '{notify,email}', to_jsonb('user' || user_id || '@anon.example'))
WHERE settings #>> '{notify,email}' IS NOT NULL;

COMMIT;

-- Statistics hold samples of what the columns held before.
ANALYZE;

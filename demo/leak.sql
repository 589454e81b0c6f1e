-- What goes wrong in real life: somebody in support has to reproduce a bug, needs "the real customer", and copies a few
-- values from production into the masked copy. Nothing in the database objects.
--
--   psql -f demo/leak.sql postgres
\set ON_ERROR_STOP on
\set QUIET on

\connect shop_prod
\set ON_ERROR_STOP on
SELECT email AS email_1 FROM users WHERE id = 17 \gset
SELECT email AS email_2 FROM users WHERE id = 29 \gset
SELECT email AS email_3 FROM users WHERE id = 31 \gset
SELECT contact_email AS contact FROM orders WHERE id = 42 \gset

\connect shop_dev
\set ON_ERROR_STOP on
UPDATE users SET email = :'email_1' WHERE id = 17;
UPDATE users SET email = :'email_2' WHERE id = 29;
UPDATE users SET email = :'email_3' WHERE id = 31;
UPDATE orders SET contact_email = :'contact' WHERE id = 42;

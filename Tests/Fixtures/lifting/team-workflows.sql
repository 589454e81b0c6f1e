-- public.audit_logs
SELECT "id", "action", "created_at"
FROM ONLY "public"."audit_logs"
WHERE ("created_at" < (('2026-11-21 15:00:00+00')::timestamp with time zone - ('30 days')::interval)) IS NOT TRUE;

-- public.password_reset_tokens
SELECT "id", "token"
FROM ONLY "public"."password_reset_tokens"
WHERE false;

-- public.payment_methods
SELECT "id", ('4111111111111111')::text AS "card_number", ('Test Cardholder')::text AS "cardholder_name", ('123 Test Street')::text AS "billing_address"
FROM ONLY "public"."payment_methods";

-- public.user_sessions
SELECT "id", "token"
FROM ONLY "public"."user_sessions"
WHERE false;

-- public.users
SELECT "id", pg_catalog."varchar"((pg_catalog.concat('user', "id", '@example.com'))::character varying, 259, false) AS "email", ('Test')::character varying(100) AS "first_name", pg_catalog."varchar"((('User' || "id"))::character varying, 104, false) AS "last_name", ('555-0000')::character varying(20) AS "phone", (NULL)::character(11) AS "ssn", ('1990-01-01')::date AS "date_of_birth", ('123 Test Street')::text AS "address", ('Test City')::text AS "city", ('12345')::character varying(10) AS "postal_code", "created_at"
FROM ONLY "public"."users";

-- public.orders
SELECT "id", "customer_id", (pg_catalog.concat('customer', "customer_id", '@example.com'))::text AS "customer_email", ('123 Test Street')::text AS "shipping_address", ('123 Test Street')::text AS "billing_address", ('Test order notes')::text AS "order_notes"
FROM ONLY "public"."orders";

-- public.payments
SELECT "id", ('{"type": "test_card"}')::jsonb AS "payment_method_details", (('test_' || "id"))::text AS "transaction_id"
FROM ONLY "public"."payments";

-- dimensions.dim_customers
SELECT "customer_id", (('Customer ' || "customer_id"))::text AS "customer_name", ('example.com')::text AS "email_domain", ('555')::character(3) AS "phone_area_code"
FROM ONLY "dimensions"."dim_customers";

-- facts.fact_orders
SELECT "id", ('127.0.0.1')::inet AS "customer_ip", ('Test Browser')::text AS "user_agent"
FROM ONLY "facts"."fact_orders";


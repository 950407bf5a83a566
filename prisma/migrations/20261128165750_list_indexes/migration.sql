-- What long lists are filtered by is found in indexes. There is none on token.last_used_at, by which an admin can sort:
-- it changes with every use, and an index on it would turn each such change into a write to all indexes of the table.
-- Building them locks the tables against writes, for a few seconds a million rows; tokens are read meanwhile.
--
-- An index with operators of its own is not in the schema, which cannot say them for every database. `IS NOT NULL`,
-- which holds for every row, marks it as one that the schema leaves to SQL.
DROP INDEX "token_start_idx";
-- Prefixes need the pattern operators, which serve equality too.
CREATE INDEX "token_start_idx" ON "token" ("start" text_pattern_ops) WHERE "start" IS NOT NULL;
CREATE INDEX "token_account_id_revoked_idx" ON "token" ("account_id", "created_at", "id") WHERE "revoked_at" IS NOT NULL;
CREATE INDEX "token_revoked_idx" ON "token" ("created_at", "id") WHERE "revoked_at" IS NOT NULL;
CREATE INDEX "audit_event_action_at_id_idx" ON "audit_event" ("action" text_pattern_ops, "at", "id") WHERE "action" IS NOT NULL;
CREATE INDEX "audit_event_request_id_idx" ON "audit_event" ("request_id");
CREATE INDEX "audit_event_ip_at_idx" ON "audit_event" ("ip", "at");

-- Parts of names are found by their trigrams. The extension is trusted: whoever may create things in the database may
-- install it. Where it cannot be installed, these searches work as before, by reading the table.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'pg_trgm is not available: searches in long lists read every row';
END
$$;
DO $$
DECLARE
  place text := (
    SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'
  );
BEGIN
  IF place IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE INDEX "token_name_trgm_idx" ON "token" USING gin ("name" %I.gin_trgm_ops) WHERE "name" IS NOT NULL', place);
  EXECUTE format('CREATE INDEX "account_email_trgm_idx" ON "account" USING gin ("email" %I.gin_trgm_ops) WHERE "email" IS NOT NULL', place);
  EXECUTE format('CREATE INDEX "account_name_trgm_idx" ON "account" USING gin ("name" %I.gin_trgm_ops) WHERE "name" IS NOT NULL', place);
END
$$;

-- compatible-with: 20261128195449_email_verification
-- transaction: none
ALTER TABLE "run" VALIDATE CONSTRAINT "run_rest_ids";
-- Most runs have no customer, and many no token: they need no place in these indexes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "run_rest_token_id_started_at_id_idx" ON "run" ("token_id", "started_at", "id") WHERE "token_id" IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS "run_rest_customer_id_started_at_id_idx" ON "run" ("customer_id", "started_at", "id") WHERE "customer_id" IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS "run_token_id_started_at_id_idx";
DROP INDEX CONCURRENTLY IF EXISTS "run_customer_id_started_at_id_idx";

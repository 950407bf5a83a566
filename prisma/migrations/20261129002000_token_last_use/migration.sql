-- compatible-with: 20261128195449_email_verification
-- transaction: none
-- Admins sort all tokens by their last use, which is written at most once a minute for each token.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "token_last_used_at_id_idx" ON "token" ("last_used_at" DESC NULLS LAST, "id" DESC);

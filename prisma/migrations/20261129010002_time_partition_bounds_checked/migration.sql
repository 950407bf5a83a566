-- compatible-with: 20261128195449_email_verification
-- transaction: none
ALTER TABLE "call_record" VALIDATE CONSTRAINT "call_record_ids";
ALTER TABLE "token_usage" VALIDATE CONSTRAINT "token_usage_days";

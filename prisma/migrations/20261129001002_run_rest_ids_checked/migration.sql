-- compatible-with: 20261128195449_email_verification
-- transaction: none
ALTER TABLE "run" VALIDATE CONSTRAINT "run_rest_ids";

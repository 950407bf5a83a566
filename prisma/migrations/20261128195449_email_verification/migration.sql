-- AlterTable
ALTER TABLE "account" ADD COLUMN     "email_proof_needed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "email_verified_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "link" ADD COLUMN     "mail_digest" BYTEA;

-- AlterTable
ALTER TABLE "customer" ADD COLUMN "credential_names" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN "credentials_updated_at" TIMESTAMPTZ(3);

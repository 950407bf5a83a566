-- AlterTable
ALTER TABLE "customer" ADD COLUMN "archived_at" TIMESTAMPTZ(3);

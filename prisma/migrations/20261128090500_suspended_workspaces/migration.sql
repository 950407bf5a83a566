-- AlterTable
ALTER TABLE "workspace" ADD COLUMN "suspended_at" TIMESTAMPTZ(3),
ADD COLUMN "suspended_by" TEXT,
ADD COLUMN "suspend_reason" TEXT;

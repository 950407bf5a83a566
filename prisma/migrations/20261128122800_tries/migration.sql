-- AlterTable
ALTER TABLE "call_record" ADD COLUMN "tried_by" TEXT;

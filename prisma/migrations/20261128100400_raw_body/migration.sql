-- AlterTable
ALTER TABLE "listener" ADD COLUMN "raw_body" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "listener" ADD COLUMN "records" TEXT NOT NULL DEFAULT 'all',
ADD COLUMN "steps" TEXT NOT NULL DEFAULT 'all';

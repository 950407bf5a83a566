-- AlterTable
ALTER TABLE "token" ADD COLUMN "description" TEXT,
ADD COLUMN "enabled" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN "metadata" JSON NOT NULL DEFAULT '{}',
ADD COLUMN "permissions" TEXT[] DEFAULT ARRAY[]::TEXT[];

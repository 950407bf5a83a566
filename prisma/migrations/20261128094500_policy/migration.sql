-- AlterTable
ALTER TABLE "workspace" ADD COLUMN "policy" JSON NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "token" ADD COLUMN "unused_notice_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "installation_policy" (
    "id" INTEGER NOT NULL,
    "policy" JSON NOT NULL,

    CONSTRAINT "installation_policy_pkey" PRIMARY KEY ("id")
);

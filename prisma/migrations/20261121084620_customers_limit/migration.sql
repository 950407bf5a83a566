-- AlterTable
ALTER TABLE "workspace" ADD COLUMN     "customer_count" INTEGER NOT NULL DEFAULT 0;

UPDATE "workspace" SET "customer_count" = (SELECT count(*) FROM "customer" WHERE "workspace_id" = "workspace"."id");

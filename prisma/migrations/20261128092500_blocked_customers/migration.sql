-- AlterTable
ALTER TABLE "customer" ADD COLUMN "blocked_at" TIMESTAMPTZ(3),
ADD COLUMN "tokens_not_before" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "kept_block" (
    "workspace_id" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "blocked_at" TIMESTAMPTZ(3),
    "tokens_not_before" TIMESTAMPTZ(3),

    CONSTRAINT "kept_block_pkey" PRIMARY KEY ("workspace_id","external_id")
);

-- AddForeignKey
ALTER TABLE "kept_block" ADD CONSTRAINT "kept_block_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

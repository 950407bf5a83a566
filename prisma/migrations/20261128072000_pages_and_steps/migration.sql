-- AlterTable
ALTER TABLE "workspace" ADD COLUMN "origins" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "listener" ADD COLUMN "show_steps" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "workspace_origins_idx" ON "workspace" USING GIN ("origins");

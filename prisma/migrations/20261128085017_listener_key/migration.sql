-- AlterTable
ALTER TABLE "listener" ADD COLUMN "key" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "listener_workspace_id_key_key" ON "listener"("workspace_id", "key");

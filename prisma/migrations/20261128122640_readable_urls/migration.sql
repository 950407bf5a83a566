-- AlterTable
ALTER TABLE "workspace" ADD COLUMN "slug" TEXT;

-- AlterTable
ALTER TABLE "listener" ADD COLUMN "mcp" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "path" TEXT;

-- CreateTable
CREATE TABLE "listener_route" (
    "workspace_id" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "shape" TEXT NOT NULL,
    "listener_id" TEXT NOT NULL,

    CONSTRAINT "listener_route_pkey" PRIMARY KEY ("workspace_id","method","shape")
);

-- CreateIndex
CREATE INDEX "listener_route_listener_id_idx" ON "listener_route"("listener_id");

-- CreateIndex
CREATE UNIQUE INDEX "workspace_slug_key" ON "workspace"("slug");

-- AddForeignKey
ALTER TABLE "listener_route" ADD CONSTRAINT "listener_route_listener_id_fkey" FOREIGN KEY ("listener_id") REFERENCES "listener"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AlterTable
ALTER TABLE "workspace" ADD COLUMN     "alert_emails" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "alert_group" (
    "workspace_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3),
    "told_at" TIMESTAMPTZ(3),
    "details" JSON NOT NULL,

    CONSTRAINT "alert_group_pkey" PRIMARY KEY ("workspace_id","type","subject")
);

-- CreateTable
CREATE TABLE "listener_refusals" (
    "listener_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "listener_refusals_pkey" PRIMARY KEY ("listener_id","at")
);

-- CreateIndex
CREATE INDEX "alert_group_told_at_idx" ON "alert_group"("told_at");

-- CreateIndex
CREATE INDEX "listener_refusals_at_idx" ON "listener_refusals"("at");

-- AddForeignKey
ALTER TABLE "alert_group" ADD CONSTRAINT "alert_group_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "listener_refusals" ADD CONSTRAINT "listener_refusals_listener_id_fkey" FOREIGN KEY ("listener_id") REFERENCES "listener"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The sink of a workspace gets an id, so that there can be several. It is named after its workspace, so that what was
-- delivered before is found again.
-- AlterTable
ALTER TABLE "event_sink" ADD COLUMN "id" TEXT;
UPDATE "event_sink" SET "id" = 'snk_' || substr("workspace_id", 5);
ALTER TABLE "event_sink" DROP CONSTRAINT "event_sink_pkey",
ADD COLUMN     "enabled" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "former_secret" TEXT,
ADD COLUMN     "former_secret_until" TIMESTAMPTZ(3),
ALTER COLUMN   "id" SET NOT NULL,
ADD COLUMN     "types" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD CONSTRAINT "event_sink_pkey" PRIMARY KEY ("id");

-- CreateTable
CREATE TABLE "event_delivery" (
    "event_id" TEXT NOT NULL,
    "sink_id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "attempts_before" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "failure" TEXT,

    CONSTRAINT "event_delivery_pkey" PRIMARY KEY ("event_id","sink_id")
);

-- What was delivered, failed or waits moves to the new table, and is claimed there alone.
INSERT INTO "event_delivery" ("event_id", "sink_id", "workspace_id", "attempts", "next_attempt_at", "delivered_at", "failure")
SELECT "id", 'snk_' || substr("workspace_id", 5), "workspace_id", "attempts", "next_attempt_at", "delivered_at", "failure"
  FROM "outbox_event"
 WHERE "attempts" > 0 OR "next_attempt_at" IS NOT NULL OR "delivered_at" IS NOT NULL OR "failure" IS NOT NULL;
UPDATE "outbox_event" SET "next_attempt_at" = NULL WHERE "next_attempt_at" IS NOT NULL;

-- CreateIndex
CREATE INDEX "event_delivery_sink_id_idx" ON "event_delivery"("sink_id");

-- CreateIndex
CREATE INDEX "event_delivery_next_attempt_at_idx" ON "event_delivery"("next_attempt_at");

-- CreateIndex
CREATE INDEX "event_sink_workspace_id_created_at_id_idx" ON "event_sink"("workspace_id", "created_at", "id");

-- AddForeignKey
ALTER TABLE "event_delivery" ADD CONSTRAINT "event_delivery_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "outbox_event"("id") ON DELETE CASCADE ON UPDATE CASCADE;

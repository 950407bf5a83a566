-- CreateTable
CREATE TABLE "inbound_event" (
    "seq" BIGSERIAL NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "event" JSON NOT NULL,
    "hops" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "pending" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "inbound_event_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "event_wait" (
    "run_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "type" TEXT,
    "source" TEXT,
    "correlation" TEXT NOT NULL,
    "values" TEXT NOT NULL,
    "due" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "event_wait_pkey" PRIMARY KEY ("run_id","key")
);

-- CreateIndex
CREATE INDEX "inbound_event_workspace_id_created_at_idx" ON "inbound_event"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "inbound_event_workspace_id_key_key" ON "inbound_event"("workspace_id", "key");

-- Events that are still to be routed are few, however many are kept.
CREATE INDEX "inbound_event_pending_idx" ON "inbound_event"("workspace_id", "seq") WHERE "pending";

-- CreateIndex
CREATE INDEX "event_wait_workspace_id_correlation_values_idx" ON "event_wait"("workspace_id", "correlation", "values");

-- Runs that are to be woken are few, however many wait.
CREATE INDEX "event_wait_due_idx" ON "event_wait"("run_id") WHERE "due";

-- AddForeignKey
ALTER TABLE "inbound_event" ADD CONSTRAINT "inbound_event_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event_wait" ADD CONSTRAINT "event_wait_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "live_run"("run_id") ON DELETE CASCADE ON UPDATE CASCADE;

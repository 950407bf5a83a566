-- Runs are found by flow, and by flow and status; a replay names the run that it repeats.
ALTER TABLE "run" ADD COLUMN "replay_of" TEXT;
CREATE INDEX "run_flow_id_started_at_id_idx" ON "run" ("flow_id", "started_at", "id");
CREATE INDEX "run_flow_id_status_idx" ON "run" ("flow_id", "status", "started_at", "id") WHERE "status" <> 'succeeded';

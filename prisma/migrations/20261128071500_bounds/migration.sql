-- Whether callers may ask for a durable run; null = those with a credential.
ALTER TABLE "listener" ADD COLUMN "allow_async" BOOLEAN;

-- For the limit of live runs of a workspace.
CREATE INDEX "live_run_workspace_id_idx" ON "live_run"("workspace_id");

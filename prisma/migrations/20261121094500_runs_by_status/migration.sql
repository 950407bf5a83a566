-- Looking for the runs that failed, or that live, among many that succeeded. Partial: what succeeded, nearly all, costs nothing more.
CREATE INDEX "run_workspace_id_status_idx" ON "run" ("workspace_id", "status", "started_at", "id") WHERE "status" <> 'succeeded';
CREATE INDEX "run_listener_id_status_idx" ON "run" ("listener_id", "status", "started_at", "id") WHERE "status" <> 'succeeded';

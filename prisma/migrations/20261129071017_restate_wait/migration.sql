-- compatible-with: 20261128195449_email_verification
-- Only added: older versions know nothing of it.
-- CreateTable
CREATE TABLE "restate_wait" (
    "run_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "type" TEXT,
    "source" TEXT,
    "correlation" TEXT NOT NULL,
    "values" TEXT NOT NULL,
    "invocation_id" TEXT NOT NULL,
    "signal" TEXT NOT NULL,

    CONSTRAINT "restate_wait_pkey" PRIMARY KEY ("run_id","key")
);

-- CreateIndex
CREATE INDEX "restate_wait_workspace_id_correlation_values_idx" ON "restate_wait"("workspace_id", "correlation", "values");

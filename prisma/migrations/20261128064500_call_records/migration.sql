-- CreateTable
CREATE TABLE "call_record" (
    "id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "reason" TEXT,
    "why" TEXT,
    "workspace_id" TEXT,
    "listener_id" TEXT,
    "kind" TEXT NOT NULL,
    "account_id" TEXT,
    "token_id" TEXT,
    "customer_id" TEXT,
    "ip" TEXT NOT NULL,
    "ms" DOUBLE PRECISION NOT NULL,
    "run_id" TEXT,

    CONSTRAINT "call_record_pkey" PRIMARY KEY ("id")
);

-- Denials become records of calls, which have a status and a duration: what a denial did not say is what it mostly was.
INSERT INTO "call_record" ("id", "request_id", "at", "outcome", "status", "code", "reason", "workspace_id", "listener_id",
                           "kind", "account_id", "token_id", "ip", "ms")
SELECT d."id", d."request_id", d."at", 'refused', 401, 'invalid_token', d."reason", l."workspace_id", d."listener_id",
       'token', t."account_id", d."token_id", d."ip", 0
  FROM "token_denial" d
  JOIN "token" t ON t."id" = d."token_id"
  LEFT JOIN "listener" l ON l."id" = d."listener_id";

-- DropTable
DROP TABLE "token_denial";

-- CreateTable
CREATE TABLE "call_usage" (
    "workspace_id" TEXT NOT NULL,
    "listener_id" TEXT NOT NULL,
    "token_id" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,
    "durations" INTEGER[],

    CONSTRAINT "call_usage_pkey" PRIMARY KEY ("listener_id","unit","at","token_id","outcome")
);

-- CreateIndex
CREATE INDEX "call_record_workspace_id_at_id_idx" ON "call_record"("workspace_id", "at", "id");

-- CreateIndex
CREATE INDEX "call_record_listener_id_at_id_idx" ON "call_record"("listener_id", "at", "id");

-- CreateIndex
CREATE INDEX "call_record_token_id_at_id_idx" ON "call_record"("token_id", "at", "id");

-- CreateIndex
CREATE INDEX "call_record_account_id_at_id_idx" ON "call_record"("account_id", "at", "id");

-- CreateIndex
CREATE INDEX "call_record_request_id_at_idx" ON "call_record"("request_id", "at");

-- CreateIndex
CREATE INDEX "call_record_run_id_idx" ON "call_record"("run_id");

-- CreateIndex
CREATE INDEX "call_record_at_idx" ON "call_record"("at");

-- CreateIndex
CREATE INDEX "call_usage_workspace_id_unit_at_idx" ON "call_usage"("workspace_id", "unit", "at");

-- CreateIndex
CREATE INDEX "call_usage_unit_at_idx" ON "call_usage"("unit", "at");

-- CreateIndex
CREATE INDEX "run_request_id_idx" ON "run"("request_id");

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "phone_number" TEXT,
    "picture_url" TEXT,
    "role" TEXT NOT NULL DEFAULT 'user',
    "password_hash" TEXT NOT NULL,
    "suspended_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "token" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "start" TEXT NOT NULL,
    "workspace_ids" TEXT[],
    "listener_ids" TEXT[],
    "scoped" BOOLEAN NOT NULL DEFAULT false,
    "allowed_ips" TEXT[],
    "rate_limit" JSON,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT,
    "revoke_reason" TEXT,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_jwk" JSON NOT NULL,
    "private_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "workspace" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "run_retention_days" INTEGER NOT NULL DEFAULT 30,

    CONSTRAINT "workspace_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member" (
    "workspace_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "member_pkey" PRIMARY KEY ("workspace_id","account_id")
);

-- CreateTable
CREATE TABLE "secret" (
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "secret_pkey" PRIMARY KEY ("workspace_id","name")
);

-- CreateTable
CREATE TABLE "flow" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "latest_version" INTEGER NOT NULL,
    "published_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "flow_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flow_version" (
    "flow_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "document" JSON NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "flow_version_pkey" PRIMARY KEY ("flow_id","version")
);

-- CreateTable
CREATE TABLE "listener" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "flow_id" TEXT NOT NULL,
    "methods" TEXT[],
    "mode" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "respond" TEXT NOT NULL,
    "status_mode" TEXT NOT NULL,
    "auth" JSON NOT NULL,
    "timeout_seconds" INTEGER NOT NULL,
    "cors_origins" TEXT[],
    "allowed_ips" TEXT[],
    "rate_limit" JSON,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "max_concurrency" INTEGER,
    "on_deadline" TEXT NOT NULL DEFAULT 'fail',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "listener_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "listener_id" TEXT,
    "flow_id" TEXT NOT NULL,
    "flow_version" INTEGER NOT NULL,
    "mode" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "account_id" TEXT,
    "token_id" TEXT,
    "request_id" TEXT NOT NULL,
    "caller" JSON NOT NULL,
    "input" JSON NOT NULL,
    "output" JSON,
    "error" JSON,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "steps" JSON,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "action" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "target" TEXT,
    "workspace_id" TEXT,
    "ip" TEXT,
    "request_id" TEXT,
    "details" JSON NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_limit" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limit_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "live_run" (
    "run_id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "listener_id" TEXT,
    "state" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "worker_id" INTEGER,
    "job_id" UUID NOT NULL,
    "job_attempt" INTEGER NOT NULL DEFAULT -1,
    "has_slot" BOOLEAN NOT NULL DEFAULT false,
    "wake_at" TIMESTAMPTZ(3),
    "queued_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "live_run_pkey" PRIMARY KEY ("run_id")
);

-- CreateTable
CREATE TABLE "run_effect" (
    "run_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "result" JSON,

    CONSTRAINT "run_effect_pkey" PRIMARY KEY ("run_id","key")
);

-- CreateTable
CREATE TABLE "run_large_effect" (
    "run_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "result" JSON NOT NULL,

    CONSTRAINT "run_large_effect_pkey" PRIMARY KEY ("run_id","key")
);

-- CreateTable
CREATE TABLE "run_step" (
    "run_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "record" JSON NOT NULL,

    CONSTRAINT "run_step_pkey" PRIMARY KEY ("run_id","seq")
);

-- CreateTable
CREATE TABLE "listener_slot" (
    "listener_id" TEXT NOT NULL,
    "used" INTEGER NOT NULL,

    CONSTRAINT "listener_slot_pkey" PRIMARY KEY ("listener_id")
);

-- CreateTable
CREATE TABLE "worker" (
    "id" SERIAL NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "worker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dead_letter" (
    "run_id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dead_letter_pkey" PRIMARY KEY ("run_id")
);

-- CreateTable
CREATE TABLE "schedule" (
    "flow_id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "flow_version" INTEGER NOT NULL,
    "rule" JSON NOT NULL,
    "next_at" TIMESTAMPTZ(3),
    "paused_at" TIMESTAMPTZ(3),
    "last_run_id" TEXT,
    "last_at" TIMESTAMPTZ(3),

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("flow_id")
);

-- CreateTable
CREATE TABLE "idempotent_call" (
    "listener_id" TEXT NOT NULL,
    "principal" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "run_id" TEXT NOT NULL,
    "worker_id" INTEGER NOT NULL,
    "answer" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotent_call_pkey" PRIMARY KEY ("listener_id","principal","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "account_email_key" ON "account"("email");

-- CreateIndex
CREATE INDEX "account_created_at_id_idx" ON "account"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "session_digest_key" ON "session"("digest");

-- CreateIndex
CREATE INDEX "session_account_id_idx" ON "session"("account_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "token_digest_key" ON "token"("digest");

-- CreateIndex
CREATE INDEX "token_account_id_created_at_id_idx" ON "token"("account_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "token_start_idx" ON "token"("start");

-- CreateIndex
CREATE INDEX "token_created_at_id_idx" ON "token"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "workspace_key_key" ON "workspace"("key");

-- CreateIndex
CREATE INDEX "member_account_id_idx" ON "member"("account_id");

-- CreateIndex
CREATE INDEX "flow_workspace_id_created_at_id_idx" ON "flow"("workspace_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "listener_workspace_id_created_at_id_idx" ON "listener"("workspace_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "listener_flow_id_idx" ON "listener"("flow_id");

-- CreateIndex
CREATE INDEX "run_workspace_id_started_at_id_idx" ON "run"("workspace_id", "started_at", "id");

-- CreateIndex
CREATE INDEX "run_listener_id_started_at_id_idx" ON "run"("listener_id", "started_at", "id");

-- CreateIndex
CREATE INDEX "run_token_id_started_at_id_idx" ON "run"("token_id", "started_at", "id");

-- CreateIndex
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at", "id");

-- CreateIndex
CREATE INDEX "audit_event_actor_id_at_idx" ON "audit_event"("actor_id", "at");

-- CreateIndex
CREATE INDEX "audit_event_target_at_idx" ON "audit_event"("target", "at");

-- CreateIndex
CREATE INDEX "live_run_state_wake_at_idx" ON "live_run"("state", "wake_at");

-- CreateIndex
CREATE INDEX "live_run_listener_id_state_priority_queued_at_idx" ON "live_run"("listener_id", "state", "priority" DESC, "queued_at");

-- CreateIndex
CREATE INDEX "dead_letter_workspace_id_at_run_id_idx" ON "dead_letter"("workspace_id", "at", "run_id");

-- CreateIndex
CREATE INDEX "schedule_next_at_idx" ON "schedule"("next_at");

-- CreateIndex
CREATE INDEX "schedule_workspace_id_idx" ON "schedule"("workspace_id");

-- CreateIndex
CREATE INDEX "idempotent_call_expires_at_idx" ON "idempotent_call"("expires_at");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token" ADD CONSTRAINT "token_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member" ADD CONSTRAINT "member_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "secret" ADD CONSTRAINT "secret_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flow" ADD CONSTRAINT "flow_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flow_version" ADD CONSTRAINT "flow_version_flow_id_fkey" FOREIGN KEY ("flow_id") REFERENCES "flow"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "listener" ADD CONSTRAINT "listener_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "listener" ADD CONSTRAINT "listener_flow_id_fkey" FOREIGN KEY ("flow_id") REFERENCES "flow"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

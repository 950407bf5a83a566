-- AlterTable
ALTER TABLE "token" ADD COLUMN     "daily_quota" INTEGER,
ADD COLUMN     "expiry_notice" INTEGER,
ADD COLUMN     "replaced_by_id" TEXT,
ADD COLUMN     "replaces_id" TEXT,
ADD COLUMN     "signing_kid" TEXT;

-- CreateTable
CREATE TABLE "token_usage" (
    "token_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "outcome" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,

    CONSTRAINT "token_usage_pkey" PRIMARY KEY ("token_id","day","outcome")
);

-- CreateTable
CREATE TABLE "token_address" (
    "token_id" TEXT NOT NULL,
    "ip" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "token_address_pkey" PRIMARY KEY ("token_id","ip")
);

-- CreateTable
CREATE TABLE "token_denial" (
    "id" TEXT NOT NULL,
    "token_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "listener_id" TEXT,
    "ip" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,

    CONSTRAINT "token_denial_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_window" (
    "key" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "calls" BIGINT NOT NULL,

    CONSTRAINT "rate_window_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "account_totp" (
    "account_id" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "confirmed_at" TIMESTAMPTZ(3),
    "last_step" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "account_totp_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "recovery_code" (
    "account_id" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,

    CONSTRAINT "recovery_code_pkey" PRIMARY KEY ("account_id","digest")
);

-- CreateIndex
CREATE INDEX "token_usage_day_idx" ON "token_usage"("day");

-- CreateIndex
CREATE INDEX "token_address_token_id_last_at_idx" ON "token_address"("token_id", "last_at");

-- CreateIndex
CREATE INDEX "token_address_last_at_idx" ON "token_address"("last_at");

-- CreateIndex
CREATE INDEX "token_denial_token_id_at_id_idx" ON "token_denial"("token_id", "at", "id");

-- CreateIndex
CREATE INDEX "token_denial_at_idx" ON "token_denial"("at");

-- CreateIndex
CREATE INDEX "rate_window_ends_at_idx" ON "rate_window"("ends_at");

-- CreateIndex
CREATE INDEX "token_signing_kid_idx" ON "token"("signing_kid");

-- CreateIndex
CREATE INDEX "token_expires_at_idx" ON "token"("expires_at");

-- AddForeignKey
ALTER TABLE "account_totp" ADD CONSTRAINT "account_totp_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recovery_code" ADD CONSTRAINT "recovery_code_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

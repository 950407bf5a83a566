-- AlterTable
-- Whoever writes a run need not know of it, and it cannot say anything else than the run's caller does.
ALTER TABLE "run" ADD COLUMN     "customer_id" TEXT GENERATED ALWAYS AS ("caller" ->> 'internalId') STORED;

-- AlterTable
ALTER TABLE "workspace" ADD COLUMN     "algorithms" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "jwks_uri" TEXT,
ADD COLUMN     "max_token_seconds" INTEGER,
ADD COLUMN     "secret_key_auth" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "secret_version" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "former_secret" (
    "workspace_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "secret" TEXT NOT NULL,
    "valid_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "former_secret_pkey" PRIMARY KEY ("workspace_id","version")
);

-- CreateTable
CREATE TABLE "public_key" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kid" TEXT NOT NULL,
    "jwk" JSON NOT NULL,
    "algorithms" TEXT[],
    "thumbprint" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "public_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "customer" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT,
    "fields" JSON,
    "credentials" TEXT,
    "token_issued_at" TIMESTAMPTZ(3),
    "token_expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_active_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "action" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "origins" TEXT[],
    "listener_ids" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "action_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "public_key_workspace_id_created_at_id_idx" ON "public_key"("workspace_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "public_key_workspace_id_kid_key" ON "public_key"("workspace_id", "kid");

-- CreateIndex
CREATE UNIQUE INDEX "public_key_workspace_id_thumbprint_key" ON "public_key"("workspace_id", "thumbprint");

-- CreateIndex
CREATE INDEX "customer_workspace_id_created_at_id_idx" ON "customer"("workspace_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "customer_workspace_id_external_id_key" ON "customer"("workspace_id", "external_id");

-- CreateIndex
CREATE INDEX "action_workspace_id_created_at_id_idx" ON "action"("workspace_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "action_origins_idx" ON "action" USING GIN ("origins");

-- CreateIndex
CREATE INDEX "action_listener_ids_idx" ON "action" USING GIN ("listener_ids");

-- CreateIndex
CREATE INDEX "run_customer_id_started_at_id_idx" ON "run"("customer_id", "started_at", "id");

-- AddForeignKey
ALTER TABLE "former_secret" ADD CONSTRAINT "former_secret_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "public_key" ADD CONSTRAINT "public_key_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "customer" ADD CONSTRAINT "customer_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "action" ADD CONSTRAINT "action_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "revoked_integration_token" (
    "id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "revoked_integration_token_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "revoked_integration_token_expires_at_idx" ON "revoked_integration_token"("expires_at");

-- AlterTable
ALTER TABLE "listener" ADD COLUMN "signature" JSON;

-- CreateTable
CREATE TABLE "signed_delivery" (
    "listener_id" TEXT NOT NULL,
    "key" BYTEA NOT NULL,
    "worker_id" INTEGER,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signed_delivery_pkey" PRIMARY KEY ("listener_id","key")
);

-- CreateIndex
CREATE INDEX "signed_delivery_expires_at_idx" ON "signed_delivery"("expires_at");

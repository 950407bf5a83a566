-- AlterTable
ALTER TABLE "account" ADD COLUMN     "invited_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "link" (
    "digest" BYTEA NOT NULL,
    "purpose" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "account_id" TEXT,
    "invitation_id" TEXT,
    "remove_second_factor" BOOLEAN NOT NULL DEFAULT false,
    "revoke_tokens" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "link_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "invited_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "link_invitation_id_key" ON "link"("invitation_id");

-- CreateIndex
CREATE INDEX "link_account_id_idx" ON "link"("account_id");

-- CreateIndex
CREATE INDEX "link_expires_at_idx" ON "link"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "link_purpose_account_id_key" ON "link"("purpose", "account_id");

-- CreateIndex
CREATE INDEX "invitation_workspace_id_created_at_id_idx" ON "invitation"("workspace_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_workspace_id_email_key" ON "invitation"("workspace_id", "email");

-- AddForeignKey
ALTER TABLE "link" ADD CONSTRAINT "link_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "link" ADD CONSTRAINT "link_invitation_id_fkey" FOREIGN KEY ("invitation_id") REFERENCES "invitation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- E-mails are compared folded from now on: earlier ones were in lower case only. One whose folded form another account
-- has stays as it is, and so does everything in a database that cannot normalize.
DO $$
BEGIN
  IF current_setting('server_encoding') = 'UTF8' THEN
    UPDATE "account" AS a SET "email" = folded.email
      FROM (SELECT "id", replace(replace(lower(normalize("email", NFKC)), 'ß', 'ss'), 'ς', 'σ') AS email,
                   count(*) OVER (PARTITION BY replace(replace(lower(normalize("email", NFKC)), 'ß', 'ss'), 'ς', 'σ')) AS n
              FROM "account") AS folded
     WHERE a."id" = folded."id" AND a."email" <> folded.email AND folded.n = 1;
  END IF;
END $$;

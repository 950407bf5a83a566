-- A schedule takes the time zone of its document, unless one was set for it.
ALTER TABLE "schedule" ADD COLUMN "time_zone_set" BOOLEAN NOT NULL DEFAULT false;
UPDATE "schedule" SET "time_zone_set" = true WHERE "time_zone" <> 'UTC';
ALTER TABLE "flow_version" ADD COLUMN "time_zone" TEXT;

-- The text of a version as its author wrote it, its note, and who published a flow.
ALTER TABLE "flow" ADD COLUMN "published_by" TEXT;
ALTER TABLE "flow_version" ADD COLUMN "note" TEXT,
ADD COLUMN "source" TEXT,
ADD COLUMN "source_type" TEXT;

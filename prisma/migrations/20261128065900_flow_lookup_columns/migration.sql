-- What others look for in a version, in columns of their own. PostgreSQL stores any JSON text in a "json" column, and
-- fails at every operator on one that holds half a surrogate pair or U+0000: a query that looks into the documents of
-- all flows would fail because of one of them.
ALTER TABLE "flow_version" ADD COLUMN "namespace" TEXT NOT NULL DEFAULT '',
ADD COLUMN "document_version" TEXT NOT NULL DEFAULT '',
ADD COLUMN "schedule" JSON;

-- Row by row, so that a document that cannot be read keeps none of the others from being filled. Its unreadable escapes
-- count as U+FFFD. If it still cannot be read, no flow can refer to it, and it has no schedule.
DO $$
DECLARE
  entry record;
  readable json;
BEGIN
  FOR entry IN SELECT "flow_id", "version", "document" FROM "flow_version" LOOP
    BEGIN
      BEGIN
        readable := entry."document";
        PERFORM readable -> 'document';
      EXCEPTION WHEN OTHERS THEN
        -- Escaped backslashes are set aside: what follows them is no escape.
        readable := replace(
          regexp_replace(
            replace(entry."document"::text, '\\', chr(1)),
            '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\ufffd', 'g'
          ),
          chr(1), '\\'
        )::json;
      END;
      UPDATE "flow_version" SET
        "namespace" = coalesce(readable -> 'document' ->> 'namespace', ''),
        "document_version" = coalesce(readable -> 'document' ->> 'version', ''),
        "schedule" = CASE json_typeof(readable -> 'schedule') WHEN 'object' THEN readable -> 'schedule' END
      WHERE "flow_id" = entry."flow_id" AND "version" = entry."version";
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'flow % version %: the document cannot be read', entry."flow_id", entry."version";
    END;
  END LOOP;
END
$$;

ALTER TABLE "flow_version" ALTER COLUMN "namespace" DROP DEFAULT,
ALTER COLUMN "document_version" DROP DEFAULT;

CREATE INDEX "flow_version_namespace_name_idx" ON "flow_version"("namespace", "name");

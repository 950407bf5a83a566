-- The audit log is chained: each line has a link, whose hash covers the line and the link before it. A line that is
-- changed, removed or put in between breaks every later link of its chain.
CREATE TABLE "audit_link" (
    "chain" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "event_id" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_link_pkey" PRIMARY KEY ("chain","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_link_event_id_key" ON "audit_link"("event_id");

CREATE OR REPLACE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER "audit_link_only_grows"
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_link"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- A field with its length in bytes in front, so that no two lines have the same text. src/audit-line.ts writes the same.
CREATE FUNCTION "audit_field"(value TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value, '-')
$$;

CREATE FUNCTION "add_audit_link"(to_chain INTEGER, event "audit_event") RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  last "audit_link"%ROWTYPE;
  line TEXT;
BEGIN
  SELECT * INTO last FROM "audit_link" WHERE "chain" = to_chain ORDER BY "seq" DESC LIMIT 1;
  line := concat_ws(',',
    "audit_field"(to_chain::text),
    "audit_field"((coalesce(last."seq", 0) + 1)::text),
    "audit_field"(event."id"),
    "audit_field"(to_char(event."at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
    "audit_field"(event."action"),
    "audit_field"(event."actor_kind"),
    "audit_field"(event."actor_id"),
    "audit_field"(event."target"),
    "audit_field"(event."workspace_id"),
    "audit_field"(event."ip"),
    "audit_field"(event."request_id"),
    "audit_field"(event."details"::text));
  INSERT INTO "audit_link" ("chain", "seq", "event_id", "hash")
  VALUES (to_chain, coalesce(last."seq", 0) + 1, event."id",
          sha256(coalesce(last."hash", ''::bytea) || convert_to(line, 'UTF8')));
END
$$;

-- Runs at the commit, so that a chain is locked for the commit alone. All lines of a transaction go to one chain:
-- transactions wait for each other there, and never in a circle. There are 8, so that few have to wait.
CREATE FUNCTION "chain_audit_event"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  to_chain INTEGER := (pg_current_xact_id()::text::numeric % 8)::integer;
BEGIN
  PERFORM pg_advisory_xact_lock(7354218, to_chain);
  PERFORM "add_audit_link"(to_chain, NEW);
  RETURN NULL;
END
$$;

-- What runs with the rights of its owner finds its tables in this schema and nowhere else.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION "chain_audit_event"() SET search_path = %I, pg_temp', current_schema());
END
$$;

CREATE CONSTRAINT TRIGGER "audit_event_chain"
  AFTER INSERT ON "audit_event" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION "chain_audit_event"();

-- The lines that are there already.
DO $$
DECLARE
  event "audit_event"%ROWTYPE;
BEGIN
  FOR event IN SELECT * FROM "audit_event" ORDER BY "at", "id" LOOP
    PERFORM "add_audit_link"(0, event);
  END LOOP;
END
$$;

-- compatible-with: 20261128195449_email_verification
-- Runs in partitions by id (D-212). Nothing is copied and nothing is read: the table that is there becomes a partition.
-- Older code goes on: its ids are random.
LOCK TABLE "run" IN ACCESS EXCLUSIVE MODE;
ALTER TABLE "run" RENAME TO "run_rest";
ALTER INDEX "run_pkey" RENAME TO "run_rest_pkey";
ALTER INDEX "run_workspace_id_started_at_id_idx" RENAME TO "run_rest_workspace_id_started_at_id_idx";
ALTER INDEX "run_listener_id_started_at_id_idx" RENAME TO "run_rest_listener_id_started_at_id_idx";
ALTER INDEX "run_flow_id_started_at_id_idx" RENAME TO "run_rest_flow_id_started_at_id_idx";
ALTER INDEX "run_request_id_idx" RENAME TO "run_rest_request_id_idx";
ALTER INDEX "run_workspace_id_status_idx" RENAME TO "run_rest_workspace_id_status_idx";
ALTER INDEX "run_listener_id_status_idx" RENAME TO "run_rest_listener_id_status_idx";
ALTER INDEX "run_flow_id_status_idx" RENAME TO "run_rest_flow_id_status_idx";

CREATE TABLE "run" (LIKE "run_rest" INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION)
  PARTITION BY RANGE ("id");
ALTER TABLE "run" ADD CONSTRAINT "run_pkey" PRIMARY KEY ("id");
CREATE INDEX "run_workspace_id_started_at_id_idx" ON "run" ("workspace_id", "started_at", "id");
CREATE INDEX "run_listener_id_started_at_id_idx" ON "run" ("listener_id", "started_at", "id");
CREATE INDEX "run_token_id_started_at_id_idx" ON "run" ("token_id", "started_at", "id") WHERE "token_id" IS NOT NULL;
CREATE INDEX "run_customer_id_started_at_id_idx" ON "run" ("customer_id", "started_at", "id") WHERE "customer_id" IS NOT NULL;
CREATE INDEX "run_flow_id_started_at_id_idx" ON "run" ("flow_id", "started_at", "id");
CREATE INDEX "run_request_id_idx" ON "run" ("request_id");
CREATE INDEX "run_workspace_id_status_idx" ON "run" ("workspace_id", "status", "started_at", "id") WHERE "status" <> 'succeeded';
CREATE INDEX "run_listener_id_status_idx" ON "run" ("listener_id", "status", "started_at", "id") WHERE "status" <> 'succeeded';
CREATE INDEX "run_flow_id_status_idx" ON "run" ("flow_id", "status", "started_at", "id") WHERE "status" <> 'succeeded';
-- Its indexes are those of the parent, and its constraint says that every row fits.
ALTER TABLE "run" ATTACH PARTITION "run_rest" FOR VALUES FROM ('run_0001') TO (MAXVALUE);
-- What comes before its partition does. Nearly always empty.
CREATE TABLE "run_unplaced" PARTITION OF "run" DEFAULT;

-- Makes the partition of the runs that are removed on a day, counted from 1970-01-01, and moves what came before it.
-- Leaves it where too much came: moving holds up lists. These runs are deleted one by one.
CREATE FUNCTION "make_run_partition"(day INTEGER) RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER
SET lock_timeout = '500ms' AS $$
DECLARE
  partition TEXT := 'run_until_' || to_char(DATE '1970-01-01' + day, 'YYYYMMDD');
  low TEXT := 'run_0000' || day;
  high TEXT := 'run_0000' || (day + 1);
  fields TEXT;
BEGIN
  IF day NOT BETWEEN 10000 AND 99998 THEN
    RAISE EXCEPTION 'there is no partition of runs for day %', day;
  END IF;
  -- In the order in which a partition is detached, too.
  LOCK TABLE ONLY "run" IN SHARE UPDATE EXCLUSIVE MODE;
  LOCK TABLE "run_unplaced" IN ACCESS EXCLUSIVE MODE;
  IF to_regclass(partition) IS NOT NULL OR (
    SELECT count(*) FROM (SELECT FROM "run_unplaced" WHERE "id" >= low AND "id" < high LIMIT 100001) found
  ) > 100000 THEN
    RETURN FALSE;
  END IF;
  SELECT string_agg(quote_ident(attname), ', ') INTO fields FROM pg_attribute
   WHERE attrelid = '"run"'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('CREATE TABLE %I (LIKE "run" INCLUDING ALL)', partition);
  EXECUTE format(
    'WITH moved AS (DELETE FROM "run_unplaced" WHERE "id" >= %L AND "id" < %L RETURNING *) '
    'INSERT INTO %I (%s) SELECT %s FROM moved', low, high, partition, fields, fields);
  EXECUTE format('ALTER TABLE "run" ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, low, high);
  RETURN TRUE;
END
$$;

-- Removes the partition of a day with all its runs.
CREATE FUNCTION "drop_run_partition"(day INTEGER) RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER
SET lock_timeout = '500ms' AS $$
DECLARE
  partition TEXT := 'run_until_' || to_char(DATE '1970-01-01' + day, 'YYYYMMDD');
BEGIN
  IF day NOT BETWEEN 10000 AND 99998 THEN
    RAISE EXCEPTION 'there is no partition of runs for day %', day;
  END IF;
  LOCK TABLE ONLY "run" IN ACCESS EXCLUSIVE MODE;
  IF to_regclass(partition) IS NULL THEN
    RETURN FALSE;
  END IF;
  EXECUTE format('ALTER TABLE "run" DETACH PARTITION %I', partition);
  EXECUTE format('DROP TABLE %I', partition);
  RETURN TRUE;
END
$$;

-- What runs with the rights of its owner finds its tables in this schema and nowhere else, and is for those alone who
-- may delete runs anyway. They keep their rights, so that processes go on while the database is migrated.
REVOKE ALL ON FUNCTION "make_run_partition"(INTEGER), "drop_run_partition"(INTEGER) FROM PUBLIC;
DO $$
DECLARE
  granted RECORD;
BEGIN
  EXECUTE format('ALTER FUNCTION "make_run_partition"(INTEGER) SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION "drop_run_partition"(INTEGER) SET search_path = %I, pg_temp', current_schema());
  FOR granted IN
    SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS role,
           acl.privilege_type AS privilege
      FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) acl
     WHERE c.oid = '"run_rest"'::regclass AND acl.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON "run", "run_unplaced" TO %s', granted.privilege, granted.role);
    IF granted.privilege = 'DELETE' THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION "make_run_partition"(INTEGER), "drop_run_partition"(INTEGER) TO %s', granted.role);
    END IF;
  END LOOP;
END
$$;

-- compatible-with: 20261128195449_email_verification
-- Records of calls and counts of tokens in partitions by time (D-216). Nothing is copied and nothing is read. Code goes
-- by the new names, and older code by the old ones: it deletes rows by their place in the table (ctid), which within a
-- partitioned table would hit rows of other partitions.
LOCK TABLE "call_record", "token_usage" IN ACCESS EXCLUSIVE MODE;

CREATE TABLE "recorded_call" (
  LIKE "call_record" INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION)
  PARTITION BY RANGE ("id");
ALTER TABLE "recorded_call" ADD CONSTRAINT "recorded_call_pkey" PRIMARY KEY ("id");
CREATE INDEX "recorded_call_workspace_id_at_id_idx" ON "recorded_call" ("workspace_id", "at", "id");
CREATE INDEX "recorded_call_listener_id_at_id_idx" ON "recorded_call" ("listener_id", "at", "id");
CREATE INDEX "recorded_call_token_id_at_id_idx" ON "recorded_call" ("token_id", "at", "id");
CREATE INDEX "recorded_call_account_id_at_id_idx" ON "recorded_call" ("account_id", "at", "id");
CREATE INDEX "recorded_call_request_id_at_idx" ON "recorded_call" ("request_id", "at");
CREATE INDEX "recorded_call_run_id_idx" ON "recorded_call" ("run_id");
-- Its indexes are those of the parent, and its constraint says that every row fits.
ALTER TABLE "recorded_call" ATTACH PARTITION "call_record" FOR VALUES FROM ('req_0001') TO (MAXVALUE);
-- What comes before its partition does. Nearly always empty.
CREATE TABLE "recorded_call_unplaced" PARTITION OF "recorded_call" DEFAULT;

CREATE TABLE "token_day_usage" (
  LIKE "token_usage" INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION)
  PARTITION BY RANGE ("day");
ALTER TABLE "token_day_usage" ADD CONSTRAINT "token_day_usage_pkey" PRIMARY KEY ("token_id", "day", "outcome");
DO $$
BEGIN
  EXECUTE format(
    'ALTER TABLE "token_day_usage" ATTACH PARTITION "token_usage" FOR VALUES FROM (MINVALUE) TO (%L)',
    (SELECT substring(pg_get_constraintdef(oid) FROM '\d{4}-\d{2}-\d{2}') FROM pg_constraint
      WHERE conrelid = '"token_usage"'::regclass AND conname = 'token_usage_days'));
END
$$;
CREATE TABLE "token_day_usage_unplaced" PARTITION OF "token_day_usage" DEFAULT;
-- The bounds of the partitions say the same.
ALTER TABLE "call_record" DROP CONSTRAINT "call_record_ids";
ALTER TABLE "token_usage" DROP CONSTRAINT "token_usage_days";

-- Makes a partition of a table and moves what came before it. Leaves it where it is there, where an older partition has
-- these rows, and where too much came: moving holds up readers. Those rows are deleted one by one.
CREATE FUNCTION "make_time_partition"(parent TEXT, partition TEXT, low TEXT, high TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '500ms' AS $$
DECLARE
  unplaced TEXT := parent || '_unplaced';
  key TEXT;
  many BOOLEAN;
  fields TEXT;
BEGIN
  IF parent NOT IN ('recorded_call', 'token_day_usage') OR partition !~ ('^' || parent || '_(from|until)_\d{8}$') THEN
    RAISE EXCEPTION '% is no partition by time of %', partition, parent;
  END IF;
  -- In the order in which a partition is detached, too.
  EXECUTE format('LOCK TABLE ONLY %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', unplaced);
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN FALSE;
  END IF;
  SELECT a.attname INTO key
    FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
   WHERE p.partrelid = parent::regclass;
  EXECUTE format('SELECT count(*) > 100000 FROM (SELECT FROM %I WHERE %I >= %L AND %I < %L LIMIT 100001) found',
                 unplaced, key, low, key, high) INTO many;
  IF many THEN
    RETURN FALSE;
  END IF;
  SELECT string_agg(quote_ident(attname), ', ') INTO fields FROM pg_attribute
   WHERE attrelid = parent::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
  EXECUTE format(
    'WITH moved AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I (%s) SELECT %s FROM moved',
    unplaced, key, low, key, high, partition, fields, fields);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, partition, low, high);
  RETURN TRUE;
END
$$;

-- Removes a partition with all its rows.
CREATE FUNCTION "drop_time_partition"(parent TEXT, partition TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '500ms' AS $$
BEGIN
  IF parent NOT IN ('recorded_call', 'token_day_usage') OR partition !~ ('^' || parent || '_(from|until)_\d{8}$') THEN
    RAISE EXCEPTION '% is no partition by time of %', partition, parent;
  END IF;
  EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
  IF to_regclass(partition) IS NULL THEN
    RETURN FALSE;
  END IF;
  EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, partition);
  EXECUTE format('DROP TABLE %I', partition);
  RETURN TRUE;
END
$$;

-- What runs with the rights of its owner finds its tables in this schema and nowhere else, and is for those alone who
-- may delete these rows anyway. They keep their rights, so that processes go on while the database is migrated.
REVOKE ALL ON FUNCTION "make_time_partition"(TEXT, TEXT, TEXT, TEXT), "drop_time_partition"(TEXT, TEXT) FROM PUBLIC;
DO $$
DECLARE
  granted RECORD;
BEGIN
  EXECUTE format('ALTER FUNCTION "make_time_partition"(TEXT, TEXT, TEXT, TEXT) SET search_path = %I, pg_temp',
                 current_schema());
  EXECUTE format('ALTER FUNCTION "drop_time_partition"(TEXT, TEXT) SET search_path = %I, pg_temp', current_schema());
  FOR granted IN
    SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS role,
           acl.privilege_type AS privilege, c.relname AS oldest
      FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) acl
     WHERE c.oid IN ('"call_record"'::regclass, '"token_usage"'::regclass) AND acl.grantee <> c.relowner
  LOOP
    EXECUTE CASE granted.oldest
      WHEN 'call_record' THEN format('GRANT %s ON "recorded_call", "recorded_call_unplaced" TO %s',
                                     granted.privilege, granted.role)
      ELSE format('GRANT %s ON "token_day_usage", "token_day_usage_unplaced" TO %s', granted.privilege, granted.role)
    END;
    IF granted.privilege = 'DELETE' THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION "make_time_partition"(TEXT, TEXT, TEXT, TEXT), '
                     '"drop_time_partition"(TEXT, TEXT) TO %s', granted.role);
    END IF;
  END LOOP;
END
$$;

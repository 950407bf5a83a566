-- compatible-with: 20261128195449_email_verification
-- Records of calls and counts of tokens get partitions by time (D-216). The tables that are there become their oldest
-- partitions, under their names: older code goes on with them alone. These constraints let them become partitions
-- without being read under a lock. Adding them reads nothing; the next migration checks them beside the writes.
-- Ids are random or begin with the time; one in ten million begins with four zeros. Denials had another prefix once.
UPDATE "call_record" SET "id" = 'req_' || substr("id", 5) WHERE left("id", 4) <> 'req_';
DELETE FROM "call_record" WHERE "id" < 'req_0001';
ALTER TABLE "call_record" ADD CONSTRAINT "call_record_ids" CHECK ("id" >= 'req_0001') NOT VALID;

-- Older code counts in this table for three months or more: then the days have partitions of their own.
DO $$
BEGIN
  EXECUTE format(
    'ALTER TABLE "token_usage" ADD CONSTRAINT "token_usage_days" CHECK ("day" < %L) NOT VALID',
    (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '4 months')::date);
END
$$;

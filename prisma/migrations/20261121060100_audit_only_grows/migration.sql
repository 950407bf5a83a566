-- The audit log only grows: whoever gets hold of the application's connection can add to it, and neither change nor remove what is there.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event only grows: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

-- For each statement, so that one that finds no row is refused too, and TRUNCATE, which has no rows.
CREATE TRIGGER "audit_event_only_grows"
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

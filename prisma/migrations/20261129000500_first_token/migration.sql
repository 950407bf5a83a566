-- compatible-with: 20261128195449_email_verification

-- The first token of the rotations that led to one. A function, because a recursive query is prepared at each execution
-- of a statement that contains it, also where no row needs it.
CREATE FUNCTION "first_token_of"("of" TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
  WITH RECURSIVE earlier AS (
    SELECT id, replaces_id, 0 AS rotations FROM token WHERE id = "of"
    UNION ALL
    SELECT t.id, t.replaces_id, rotations + 1 FROM token t JOIN earlier ON t.id = earlier.replaces_id)
  SELECT id FROM earlier ORDER BY rotations DESC LIMIT 1
$$;

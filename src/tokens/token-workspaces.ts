/**
 * The SQL array of the workspaces that hear of a token, `t`: those of its scope, or, without a scope, those that its
 * account owns. Each part starts from an index, because a revocation evaluates it for many tokens in its transaction.
 */
export const WORKSPACES_OF_TOKEN = `array(
  select w.id from workspace w join (
    select unnest(t.workspace_ids) as id where t.scoped
    union select l.workspace_id from listener l where t.scoped and l.id = any(t.listener_ids)
    union select m.workspace_id from member m
     where not t.scoped and m.account_id = t.account_id and m.role = 'owner') as told using (id))`

/**
 * Fills the tables of long lists, by `:rows`. One account owns a tenth of the tokens, the others are spread over 20,000
 * accounts. Ids and times follow the number of the row.
 */
export const FILL: readonly string[] = [
  `insert into account (id, email, name, password_hash, created_at)
   select 'acc_bench' || n, 'person-' || n || '@example.com', 'Person ' || n, '', now() - n * interval '1 minute'
     from generate_series(1, 20000) n`,
  `insert into token (id, account_id, name, format, digest, start, workspace_ids, listener_ids, allowed_ips, created_at,
                      expires_at, revoked_at, last_used_at)
   select 'tok_' || lpad(n::text, 22, '0'), 'acc_bench' || case when n % 10 = 0 then 1 else n % 20000 + 1 end,
          'token of ' || md5(n::text), 'opaque', sha256(n::text::bytea), 'slc_' || left(md5(n::text), 8),
          '{}', '{}', '{}', now() - n * interval '1 second', now() + interval '30 days',
          case when n % 1000 = 1 then now() end, case when n % 3 = 0 then now() - n * interval '1 second' end
     from generate_series(1, :rows) n`,
  `alter table audit_event disable trigger user`,
  `insert into audit_event (id, at, action, actor_kind, actor_id, target, ip, request_id, details)
   select 'evt_' || lpad(n::text, 22, '0'), now() - n * interval '1 second',
          case when n % 100000 = 7 then 'signing_key.rotated' else 'token.created' end, 'session',
          'acc_bench' || n % 20000 + 1, 'tok_' || lpad(n::text, 22, '0'), '192.0.2.' || n % 50,
          'req_' || lpad(n::text, 22, '0'), '{}'
     from generate_series(1, :rows / 2) n`,
  `alter table audit_event enable trigger user`,
  'vacuum analyze account',
  'vacuum analyze token',
  'vacuum analyze audit_event'
]

import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** Owns the audit log. Nobody can sign in as it. */
export const AUDIT_ROLE = 'sluice_audit'
/** Tables that the application adds to and reads, and that it can neither change nor drop. */
const AUDIT_TABLES = ['audit_event', 'audit_link'] as const
/** Functions that make and remove tables, which only the owner of the tables may do. */
const PARTITION_FUNCTIONS = [
  'make_run_partition(integer)',
  'drop_run_partition(integer)',
  'make_time_partition(text, text, text, text)',
  'drop_time_partition(text, text)'
] as const
/** The tables with the applied migrations. */
const MIGRATION_TABLES = ['_prisma_migrations', 'migration_rule'] as const
const AUDIT_FUNCTIONS = [
  'chain_audit_event()',
  'add_audit_link(integer, audit_event)',
  'audit_field(text)',
  'refuse_audit_change()'
] as const
const PASSWORD_BYTES = 32
/** `duplicate_object`, and `unique_violation` if two processes create it at the same moment. */
const ROLE_EXISTS: ReadonlySet<string> = new Set(['42710', '23505'])

/**
 * Gives the audit log to a role of its own, and everything else to the role of the application. Repeating it changes
 * nothing, so it can follow every migration.
 * @param admin connected as an administrator of the server, to the migrated database
 * @param appRole is created if it does not exist. It must not be the administrator, who can do everything
 */
async function separateRoles(admin: pg.Client, appRole: string): Promise<void> {
  const app = pg.escapeIdentifier(appRole)
  await createRole(admin, AUDIT_ROLE, 'nologin')
  await createRole(admin, appRole, 'login')
  const {
    rows: [place]
  } = await admin.query<{ schema: string; database: string }>(
    'select current_schema() as schema, current_database() as database'
  )
  if (!place) throw new Error('the database has no current schema')
  const schema = pg.escapeIdentifier(place.schema)
  await admin.query('begin')
  try {
    await admin.query(`grant usage on schema ${schema} to ${app}, ${AUDIT_ROLE}`)
    // The queue has a schema of its own and brings it up to date by itself.
    await admin.query(`grant create on database ${pg.escapeIdentifier(place.database)} to ${app}`)
    await admin.query(`grant select, insert, update, delete on all tables in schema ${schema} to ${app}`)
    await admin.query(`grant usage, select, update on all sequences in schema ${schema} to ${app}`)
    for (const table of MIGRATION_TABLES)
      await admin.query(`revoke insert, update, delete on ${schema}.${table} from ${app}`)
    for (const table of AUDIT_TABLES) {
      await admin.query(`alter table ${schema}.${table} owner to ${AUDIT_ROLE}`)
      await admin.query(`revoke all on ${schema}.${table} from ${app}`)
    }
    await admin.query(`grant select, insert on ${schema}.audit_event to ${app}`)
    await admin.query(`grant select on ${schema}.audit_link to ${app}`)
    for (const fn of AUDIT_FUNCTIONS) await admin.query(`alter function ${schema}.${fn} owner to ${AUDIT_ROLE}`)
    for (const fn of PARTITION_FUNCTIONS) await admin.query(`grant execute on function ${schema}.${fn} to ${app}`)
    await admin.query(HAND_OVER_QUEUE)
    await admin.query(`select pg_temp.hand_over_queue($1)`, [appRole])
    await admin.query('commit')
  } catch (error) {
    await admin.query('rollback')
    throw error
  }
}

/** Gives the tables of the queue to the application, if an earlier version made them as the administrator. */
const HAND_OVER_QUEUE = `
  create or replace function pg_temp.hand_over_queue(app text) returns void language plpgsql as $$
  declare
    it record;
  begin
    for it in
      select format('alter schema %I owner to %I', n.nspname, app) as statement
        from pg_namespace n where n.nspname = 'pgboss' and pg_get_userbyid(n.nspowner) <> app
      union all
      select format('alter %s %s owner to %I',
                    case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end, c.oid::regclass, app)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'pgboss' and c.relkind in ('r', 'p', 'v', 'S') and pg_get_userbyid(c.relowner) <> app
         -- The sequence of a column follows its table.
         and (c.relkind <> 'S' or not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'a'))
      union all
      select format('alter function %s owner to %I', p.oid::regprocedure, app)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'pgboss' and pg_get_userbyid(p.proowner) <> app
      union all
      select format('alter type %s owner to %I', t.oid::regtype, app)
        from pg_type t join pg_namespace n on n.oid = t.typnamespace
       where n.nspname = 'pgboss' and t.typtype = 'e' and pg_get_userbyid(t.typowner) <> app
    loop
      execute it.statement;
    end loop;
  end
  $$`

async function createRole(admin: pg.Client, role: string, kind: 'login' | 'nologin'): Promise<void> {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [role])
  if (rowCount === 1) return
  try {
    await admin.query(`create role ${pg.escapeIdentifier(role)} ${kind}`)
  } catch (error) {
    // Another process was faster: roles belong to the whole server.
    if (!ROLE_EXISTS.has((error as pg.DatabaseError).code ?? '')) throw error
  }
}

/** {@link separateRoles} over a connection of its own. */
export function separateRolesOf(adminUrl: string, appRole: string): Promise<void> {
  return asAdmin(adminUrl, (admin) => separateRoles(admin, appRole))
}

/**
 * {@link separateRoles}, and a new password for the role of the application. For the embedded database, which one
 * process uses at a time: nobody else needs the password.
 * @param adminUrl of an administrator
 * @returns the URL for the application; it contains the password
 */
export async function openAsApplication(adminUrl: string, appRole: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  await asAdmin(adminUrl, async (admin) => {
    await separateRoles(admin, appRole)
    await admin.query(`alter role ${pg.escapeIdentifier(appRole)} with password ${pg.escapeLiteral(password)}`)
  })
  const url = new URL(adminUrl)
  url.username = appRole
  url.password = password
  return url.href
}

async function asAdmin(url: string, work: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: url, application_name: 'sluice roles' })
  admin.on('error', () => {})
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}

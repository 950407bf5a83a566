import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'

export type MemberRole = 'owner' | 'editor' | 'viewer'

/** The fields of an account that decide about a call. */
export interface AccountRecord {
  id: string
  email: string
  name: string
  role: 'user' | 'admin'
  suspended: boolean
  /** Whether sign-in is refused until the e-mail is proven. */
  emailProofNeeded: boolean
  /**
   * Where a policy asks for a second factor that the account does not have: `everywhere`, or in these workspaces.
   * There, the account may not do what only admins and owners may do.
   */
  secondFactorOwed: 'everywhere' | ReadonlySet<string>
  /** If true, a password alone is not enough and Basic is refused. */
  secondFactor: boolean
  /** Part of the key of remembered password checks, so that a changed password makes them void. */
  passwordHash: string
  /** Workspace id → role. */
  memberships: ReadonlyMap<string, MemberRole>
  /**
   * Set where the record stands for a credential that is limited to these workspaces, such as a management token. The
   * credential does not see what belongs to the account itself.
   */
  isLimited?: true
  /** The workspaces among them that are suspended. */
  suspendedWorkspaces: ReadonlySet<string>
}

interface Row {
  id: string
  email: string
  name: string
  role: 'user' | 'admin'
  suspended: boolean
  email_proof_needed: boolean
  second_factor: boolean
  password_hash: string
  memberships: Record<string, MemberRole>
  suspended_workspaces: string[]
  factor_asked: boolean
  factor_workspaces: string[]
}

const BY_ID = `
  select a.id, a.email, a.name, a.role, a.suspended_at is not null as suspended, a.password_hash, a.email_proof_needed,
         exists (select from account_totp f where f.account_id = a.id and f.confirmed_at is not null) as second_factor,
         coalesce(
           (select json_object_agg(m.workspace_id, m.role) from member m where m.account_id = a.id), '{}'::json
         ) as memberships,
         array(
           select w.id from member m join workspace w on w.id = m.workspace_id
            where m.account_id = a.id and w.suspended_at is not null
         ) as suspended_workspaces,
         exists (select from installation_policy where policy->>'requireSecondFactor' = 'true') as factor_asked,
         array(
           select w.id from member m join workspace w on w.id = m.workspace_id
            where m.account_id = a.id and w.policy->>'requireSecondFactor' = 'true'
         ) as factor_workspaces
    from account a where a.id = $1`

const NOWHERE: ReadonlySet<string> = new Set()

/** Creates the cache of accounts with their memberships, by id. */
export function createAccountCache(deps: CacheDeps): RecordCache<AccountRecord> {
  return createRecordCache(deps, {
    topic: 'account',
    async load(id) {
      const {
        rows: [row]
      } = await deps.database.pool.query<Row>({ name: 'account_by_id', text: BY_ID, values: [id] })
      if (!row) return undefined
      return {
        id: row.id,
        email: row.email,
        name: row.name,
        role: row.role,
        suspended: row.suspended,
        emailProofNeeded: row.email_proof_needed,
        secondFactor: row.second_factor,
        secondFactorOwed: row.second_factor
          ? NOWHERE
          : row.factor_asked
            ? 'everywhere'
            : new Set(row.factor_workspaces),
        passwordHash: row.password_hash,
        memberships: new Map(Object.entries(row.memberships)),
        suspendedWorkspaces: new Set(row.suspended_workspaces)
      }
    }
  })
}

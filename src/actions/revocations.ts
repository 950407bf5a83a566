import type { Pool } from 'pg'
import type { Audit } from '../audit.ts'
import type { Changes } from '../platform/db/changes.ts'
import { createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import type { Actor } from '../lib/actor.ts'
import type { Clock } from '../lib/clock.ts'
import type { IntegrationClaims } from './integration-token.ts'
import type { ActionLookupDeps } from './action-cache.ts'

/** Whether a token was ended before its time. There is always one: that nothing is known against a token must outlive an outage of the database. */
export interface Revocation {
  revoked: boolean
}

const BY_ID = 'select 1 from revoked_integration_token where id = $1'

/** Early ends of integration tokens, by their `jti`. */
export function createRevocations(deps: ActionLookupDeps): RecordCache<Revocation> {
  return createRecordCache({
    topic: 'integration_token',
    clock: deps.clock,
    changes: deps.changes,
    notifications: deps.notifications,
    policy: deps.cachePolicy,
    async load(id) {
      const { rowCount } = await deps.database.pool.query({
        name: 'integration_token_revocation',
        text: BY_ID,
        values: [id]
      })
      return { revoked: rowCount !== 0 }
    }
  })
}

/** Ends one integration token, at once and in every process. Again changes nothing. */
export async function revokeIntegrationToken(
  deps: { changes: Changes; audit: Audit },
  claims: IntegrationClaims,
  workspaceId: string,
  actor: Actor,
  reason?: string
): Promise<void> {
  const { jti, sub, action, exp } = claims
  await deps.changes.transaction(async (tx, announce) => {
    const { count } = await tx.revokedIntegrationToken.createMany({
      data: { id: jti, expiresAt: new Date(exp * 1000) },
      skipDuplicates: true
    })
    if (count === 0) return
    announce('integration_token', jti)
    await deps.audit.record(tx, {
      action: 'integration_token.revoked',
      actor,
      target: action,
      workspaceId,
      details: { user: sub, token: jti, ...(reason === undefined ? {} : { reason }) }
    })
  })
}

/** Forgets the early ends of tokens whose time is over anyway. */
export async function trimRevocations({ pool, clock }: { pool: Pool; clock: Clock }): Promise<void> {
  await pool.query('delete from revoked_integration_token where expires_at < $1', [new Date(clock.now())])
}

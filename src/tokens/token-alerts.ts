import { countAlerts } from '../events/alerts/count.ts'
import { type Execute, storeEvents } from '../events/emit.ts'
import type { AlertType } from '../events/alerts/alert.ts'
import type { Prisma } from '../platform/db/client.ts'
import { revocationOf, type TokenNotice } from './token-notice.ts'
import { WORKSPACES_OF_TOKEN } from './token-workspaces.ts'

const OF_TOKENS = `
  select t.id, t.name, t.start, ${WORKSPACES_OF_TOKEN} as workspaces from token t where t.id = any($1::text[])`

/** Emits `sluice.token.revoked` to the workspaces of the tokens, in the transaction that revokes them. */
export async function emitRevoked(
  tx: Pick<Prisma.TransactionClient, '$queryRawUnsafe' | '$executeRawUnsafe'>,
  ids: readonly string[],
  reason: string | undefined,
  now: number
): Promise<void> {
  if (ids.length === 0) return
  const execute: Execute = (sql, values) => tx.$executeRawUnsafe(sql, ...values)
  const tokens = await tx.$queryRawUnsafe<{ id: string; name: string; start: string; workspaces: string[] }[]>(
    OF_TOKENS,
    [...ids]
  )
  const told = tokens.map(({ workspaces, ...token }) => ({ workspaces, notice: revocationOf(token, reason, now) }))
  await storeEvents(
    execute,
    told.flatMap(({ workspaces, notice }) => {
      const { id, type } = notice
      const json = JSON.stringify(notice)
      return workspaces.map((workspaceId) => ({ workspaceId, effectKey: `${id}/${workspaceId}`, type, json }))
    }),
    now
  )
  await countTokenAlerts(execute, told, now)
}

/**
 * Counts notices of tokens toward the alert mails of the workspaces, which group them as they group all frequent
 * events.
 */
export async function countTokenAlerts(
  execute: Execute,
  told: readonly { workspaces: readonly string[]; notice: TokenNotice }[],
  now: number
): Promise<void> {
  const groups = new Map<string, { count: number; notice: TokenNotice }>()
  for (const { workspaces, notice } of told)
    for (const workspaceId of workspaces)
      groups.set(workspaceId, { count: (groups.get(workspaceId)?.count ?? 0) + 1, notice })
  await countAlerts(
    execute,
    [...groups].map(([workspaceId, { count, notice }]) => ({
      workspaceId,
      type: notice.type as AlertType,
      subject: workspaceId,
      count,
      since: now,
      details: {
        flowId: null,
        listenerId: null,
        runId: null,
        error: null,
        tokenId: notice.subject,
        name: notice.data.name
      }
    }))
  )
}

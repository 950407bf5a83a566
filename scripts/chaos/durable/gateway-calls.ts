import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { newId } from '../../../src/lib/ids.ts'
import { newOpaque, tokenDigest } from '../../../src/lib/opaque-token.ts'
import type { ChaosFlow } from './flows.ts'

/** How long a caller waits for a gateway, which may be frozen. */
const PATIENCE_MS = 6_000
const PAUSE_MS = 300
/** Refusals after which a call is repeated: another call with this key is in progress, or there are too many. */
const REPEATED: ReadonlySet<number> = new Set([409, 429])

class Refused extends Error {}

export interface GatewayPlace {
  workspaceId: string
  token: string
  /** Ids of asynchronous listeners by the names of their flows. */
  listeners: ReadonlyMap<string, string>
}

/** Makes a workspace with the flows, an asynchronous listener for each, and a token. */
export async function prepareGateways(
  url: string,
  pool: Pool,
  admin: { email: string; password: string },
  flows: readonly ChaosFlow[]
): Promise<GatewayPlace> {
  async function post<T>(where: string, body: unknown, session?: string): Promise<T> {
    const headers = { 'content-type': 'application/json', ...(session ? { authorization: `Bearer ${session}` } : {}) }
    const response = await fetch(url + where, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const { token: session, account } = await post<{ token: string; account: { id: string } }>('/v1/sessions', admin)
  const { id: workspaceId } = await post<{ id: string }>('/v1/workspaces', { name: 'chaos' }, session)
  const listeners = new Map<string, string>()
  // A flow must exist before the flows that run it.
  for (const { name, tasks } of flows.toReversed()) {
    const document = { document: { dsl: '1.0.3', namespace: 'scratch', name, version: '1.0.0' }, do: tasks }
    const flow = await post<{ id: string }>(`/v1/workspaces/${workspaceId}/flows`, document, session)
    const listener = { name, flowId: flow.id, mode: 'async' }
    const made = await post<{ id: string }>(`/v1/workspaces/${workspaceId}/listeners`, listener, session)
    listeners.set(name, made.id)
  }
  const token = newOpaque('slc_')
  await pool.query(
    `insert into token (id, account_id, name, format, digest, start, workspace_ids, listener_ids, allowed_ips,
                        created_at)
     values ($1, $2, $1, 'opaque', decode($3, 'base64'), $4, '{}', '{}', '{}', now())`,
    [newId('tok'), account.id, tokenDigest(token), token.slice(0, 12)]
  )
  return { workspaceId, token, listeners }
}

export interface Called {
  runId: string
  attempts: number
  /** Statuses and errors before the call was accepted. */
  refusals: string[]
}

/** Calls the listener of a flow at any gateway, and again with the same key, until the run is accepted. */
export async function callUntilAccepted(
  urls: readonly string[],
  { token, listeners }: GatewayPlace,
  flow: string
): Promise<Called> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID()
  }
  const refusals: string[] = []
  for (let attempts = 1; ; attempts++) {
    const url = urls[Math.floor(Math.random() * urls.length)]
    try {
      const answer = await fetch(`${url}/v1/dynamic/listener/${listeners.get(flow)}`, {
        method: 'POST',
        headers,
        body: '{}',
        signal: AbortSignal.timeout(PATIENCE_MS)
      })
      if (answer.status === 202)
        return { runId: ((await answer.json()) as { runId: string }).runId, attempts, refusals }
      const text = await answer.text()
      if (answer.status < 500 && !REPEATED.has(answer.status)) throw new Refused(`${answer.status}: ${text}`)
      refusals.push(String(answer.status))
    } catch (error) {
      if (error instanceof Refused) throw error
      const { cause, name } = error as { cause?: { code?: string }; name: string }
      refusals.push(cause?.code ?? name)
    }
    await sleep(PAUSE_MS)
  }
}

import type { ChildProcess } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { start } from '../processes.ts'
import { ORDER, TEN_TASKS } from '../ten-tasks.ts'
import type { Target } from './pairs.ts'

const EMAIL = 'bench@sluice.local'
const PASSWORD = 'pass phrase of the benchmark'
const UPSTREAM_PATH = '/data'

export interface GatewayOptions {
  port: number
  upstreamPort: number
  /** The folder for its database and its keys. */
  folder: string
  core: number | undefined
  /** How many processes answer calls. Default: one. */
  processes?: number
}

/** The calls that are measured. */
export type CallName = 'opaque' | 'jwt' | 'basic' | 'customer' | 'upstream' | 'tenTasks' | 'jq' | 'body' | 'async'

/** Starts a gateway with its own database, and creates what the calls need. */
export async function startGateway({ port, upstreamPort, folder, core, processes = 1 }: GatewayOptions): Promise<{
  child: ChildProcess
  calls: Record<CallName, Target>
}> {
  const child = await start(
    new URL('../../../src/main.ts', import.meta.url).pathname,
    [],
    {
      NODE_ENV: 'production',
      PORT: String(port),
      PROCESSES: String(processes),
      DATA_DIR: folder,
      ADMIN_EMAIL: EMAIL,
      ADMIN_PASSWORD: PASSWORD,
      EGRESS_ALLOW: `127.0.0.1:${upstreamPort}`
    },
    { core }
  )
  return { child, calls: await makeCalls(child, `http://127.0.0.1:${port}`, upstreamPort) }
}

async function makeCalls({ pid }: ChildProcess, url: string, upstreamPort: number): Promise<Record<CallName, Target>> {
  if (pid === undefined) throw new Error('the gateway did not start')
  const basic = `Basic ${Buffer.from(`${EMAIL}:${PASSWORD}`).toString('base64')}`

  async function post<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { Authorization: basic, 'Content-Type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const workspace = await post<{ id: string; key: string; secret: string }>('/v1/workspaces', { name: 'bench' })
  async function listenerUrl(name: string, tasks: unknown, settings: object = {}): Promise<string> {
    const flow = await post<{ id: string }>(`/v1/workspaces/${workspace.id}/flows`, {
      document: { dsl: '1.0.3', namespace: 'bench', name, version: '1.0.0' },
      do: tasks
    })
    const listener = { name, flowId: flow.id, ...settings }
    return (await post<{ url: string }>(`/v1/workspaces/${workspace.id}/listeners`, listener)).url
  }
  async function token(name: string, settings: object): Promise<string> {
    return (await post<{ token: string }>('/v1/tokens', { name, days: 30, password: PASSWORD, ...settings })).token
  }

  const oneSet = await listenerUrl('one-set', [{ answer: { set: { ok: true, id: 'abc123', status: 'done' } } }])
  const opaque = { Authorization: `Bearer ${await token('opaque', { days: 0 })}` }
  const jwt = { Authorization: `Bearer ${await token('jwt', { format: 'jwt' })}` }
  const customer = { Authorization: `Bearer ${customerToken(workspace)}` }
  const target = (target: string, headers: Record<string, string>): Target => ({
    pid,
    request: { url: target, headers }
  })
  const withBody = (target: string, body: unknown): Target => ({
    pid,
    request: {
      url: target,
      method: 'POST',
      headers: { ...opaque, 'Content-Type': 'application/json' },
      body: JSON.stringify(body)
    }
  })
  return {
    opaque: target(oneSet, opaque),
    jwt: target(oneSet, jwt),
    basic: target(oneSet, { Authorization: basic }),
    customer: target(oneSet, customer),
    upstream: target(
      await listenerUrl('one-call', [
        {
          ask: {
            call: 'http',
            with: { method: 'get', endpoint: `http://127.0.0.1:${upstreamPort}${UPSTREAM_PATH}` },
            output: { as: '${ { id: .id, total: .total } }' }
          }
        }
      ]),
      opaque
    ),
    tenTasks: withBody(await listenerUrl('ten-tasks', [{ order: { set: '${ .body }' } }, ...TEN_TASKS.do]), ORDER),
    jq: target(await listenerUrl('jq', [{ answer: { set: { day: '${ 1700000000 | strftime("%A") }' } } }]), opaque),
    body: withBody(await listenerUrl('body', [{ answer: { set: '${ .body }' } }]), LARGE_BODY),
    async: target(await listenerUrl('async', [{ answer: { set: { ok: true } } }], { mode: 'async' }), opaque)
  }
}

/** 10 kB of JSON, like a page of orders. */
export const LARGE_BODY = {
  orders: Array.from({ length: 100 }, (_, index) => ({
    id: `A-${1000 + index}`,
    customer: { name: 'Ada Lovelace', country: 'DE' },
    total: 1234.5 + index,
    paid: index % 2 === 0
  }))
}

/** A token as a customer's back end signs it: HS256 with the secret of the workspace (RFC 7519). */
function customerToken({ key, secret }: { key: string; secret: string }): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: key, id: 'customer-1', name: 'Ada', exp: Math.floor(Date.now() / 1000) + 3600 }
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { type EmbeddedDatabase, startEmbedded } from '../../../src/platform/db/embedded/embedded.ts'
import { newId } from '../../../src/lib/ids.ts'
import { tokenDigest, newOpaque } from '../../../src/lib/opaque-token.ts'
import { createLog } from '../../../src/platform/log/log.ts'
import { freePort } from '../../../src/lib/free-port.ts'
import { start } from '../../bench/processes.ts'

// Starts real gateways, each in its own process, on one temporary embedded database, for the scripts that measure them.

const EMAIL = 'measure@sluice.local'
export const PASSWORD = 'pass phrase of the measurement'

export const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname

export interface Gateway {
  url: string
  pid: number
  process: ChildProcess
}

export interface Measured {
  gateways: Gateway[]
  pool: pg.Pool
  accountId: string
  workspaceId: string
  listenerId: string
  /** The session of an account with management rights. */
  session: string
  /** Inserts live tokens as the gateway does. Issuing each by a call, with its password check, would take minutes. */
  makeTokens(count: number): Promise<{ id: string; token: string }[]>
  /**
   * Stops a gateway as a supervisor does (SIGTERM), and starts it again at its URL, with this program or the same as
   * before.
   */
  restart(gateway: Gateway, program?: string): Promise<void>
  /** Stops the database for this time, and starts it again at its URL. */
  stopDatabase(ms: number): Promise<void>
  /** While muted, no notification reaches the second gateway: its LISTEN connection stays open and silent. */
  muteNews(muted: boolean): void
}

/** Runs `work` with so many gateways, and removes everything afterwards. */
export async function withGateways(
  count: number,
  work: (measured: Measured) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
  main = MAIN
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-measure-'))
  // As root, the server runs as another user, who needs access to its data.
  await chmod(folder, 0o711)
  const gateways: Gateway[] = []
  const startDatabase = (): Promise<EmbeddedDatabase> =>
    startEmbedded({ dataDir: folder, log: createLog({ level: 'warn' }), durable: false })
  let database = await startDatabase()
  // If this script is interrupted, its processes end too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const gateway of gateways) gateway.process.kill('SIGKILL')
      void database.stop().finally(() => process.exit(1))
    })
  }
  const proxy = await startMutingProxy(database.url)
  const pool = new pg.Pool({ connectionString: database.url, max: 4 })
  pool.on('error', () => {})
  const keys = `k1:${randomBytes(32).toString('base64')}`
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()))
  const startGateway = async (index: number, program = main): Promise<ChildProcess> =>
    start(program, [], {
      NODE_ENV: 'production',
      PORT: String(ports[index]),
      PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
      DATABASE_URL: index === 0 ? database.url : proxy.url,
      DATA_DIR: folder,
      SLUICE_KEYS: keys,
      ADMIN_EMAIL: EMAIL,
      ADMIN_PASSWORD: PASSWORD,
      LOG_LEVEL: 'error',
      ...env
    })
  try {
    for (const [index, port] of ports.entries()) {
      const child = await startGateway(index)
      gateways.push({ url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, process: child })
    }
    await work({
      gateways,
      pool,
      ...(await prepare(gateways[0]?.url ?? '', pool)),
      muteNews: proxy.mute,
      async restart(gateway, program) {
        await stop(gateway)
        gateway.process = await startGateway(gateways.indexOf(gateway), program)
        gateway.pid = gateway.process.pid ?? 0
      },
      async stopDatabase(ms) {
        const { url } = database
        await database.stop()
        await pause(ms)
        database = await startDatabase()
        if (database.url !== url) throw new Error('the database has another URL now')
      }
    })
  } finally {
    for (const gateway of gateways) await stop(gateway)
    await pool.end()
    proxy.close()
    await database.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function stop({ process: child }: Gateway): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function prepare(
  url: string,
  pool: pg.Pool
): Promise<Pick<Measured, 'accountId' | 'workspaceId' | 'listenerId' | 'session' | 'makeTokens'>> {
  async function post<T>(where: string, body: unknown, session?: string): Promise<T> {
    const headers = { 'Content-Type': 'application/json', ...(session ? { Authorization: `Bearer ${session}` } : {}) }
    const response = await fetch(url + where, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const { token: session, account } = await post<{ token: string; account: { id: string } }>('/v1/sessions', {
    email: EMAIL,
    password: PASSWORD
  })
  const workspace = await post<{ id: string }>('/v1/workspaces', { name: 'measure' }, session)
  const document = {
    document: { dsl: '1.0.3', namespace: 'measure', name: 'one-set', version: '1.0.0' },
    do: [{ answer: { set: { ok: true } } }]
  }
  const flow = await post<{ id: string }>(`/v1/workspaces/${workspace.id}/flows`, document, session)
  const listener = await post<{ id: string }>(
    `/v1/workspaces/${workspace.id}/listeners`,
    { name: 'measure', flowId: flow.id },
    session
  )
  return {
    accountId: account.id,
    workspaceId: workspace.id,
    listenerId: listener.id,
    session,
    async makeTokens(count) {
      const tokens = Array.from({ length: count }, () => ({ id: newId('tok'), token: newOpaque('slc_') }))
      await pool.query(
        `insert into token (id, account_id, name, format, digest, start, workspace_ids, listener_ids, allowed_ips,
          created_at)
        select id, $1, id, 'opaque', decode(digest, 'base64'), start, '{}', '{}', '{}', now()
        from unnest($2::text[], $3::text[], $4::text[]) as given(id, digest, start)`,
        [
          account.id,
          tokens.map(({ id }) => id),
          tokens.map(({ token }) => tokenDigest(token)),
          tokens.map(({ token }) => token.slice(0, 12))
        ]
      )
      return tokens
    }
  }
}

/**
 * Forwards all traffic. While muted, it drops the data of LISTEN connections and keeps them open, as a broken network
 * does.
 */
async function startMutingProxy(target: string): Promise<{ url: string; mute(muted: boolean): void; close(): void }> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isMuted = false
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let listens = false
    // The startup message names the application (PostgreSQL manual, section 54.7).
    client.once('data', (first: Buffer) => {
      listens = first.includes('sluice notifications')
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => {
        if (!(isMuted && listens)) to.write(chunk)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    mute(muted) {
      isMuted = muted
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}

/** @param part from 0 to 1: 0.99 for the 99th percentile */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

export function summary(values: readonly number[]): string {
  return (
    `p50 ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms, worst ` +
    `${Math.max(...values).toFixed(1)} ms`
  )
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../../../src/lib/free-port.ts'
import { startEmbedded } from '../../../src/platform/db/embedded/embedded.ts'
import { createLog } from '../../../src/platform/log/log.ts'

export interface Reply {
  status: number
  json: { id?: string; token?: string; runId?: string; status?: string }
}

/** A gateway with its own embedded database, in a process of its own, with an account that manages. */
export interface EmbeddedGateway {
  process: ChildProcess
  url: string
  /** The session of the admin. */
  session: string
  password: string
  workspaceId: string
  call(method: string, path: string, body?: unknown, as?: string): Promise<Reply>
  /** Creates a listener of a flow with these tasks. Returns the path for calls. */
  listener(name: string, tasks: object[], settings?: object): Promise<string>
  databaseUrl(): string
  /** The process of the database server. */
  serverPid(): number
  /** Starts the database of a gateway that has ended, for queries. */
  askAfterwards<T>(ask: (client: pg.Client) => Promise<T>): Promise<T>
}

const ADMIN = { email: 'measure@sluice.local', password: 'pass phrase of the measurement' }

/** Runs `work` with such a gateway, and removes everything afterwards. */
export async function withEmbeddedGateway(
  env: Readonly<Record<string, string>>,
  work: (gateway: EmbeddedGateway) => Promise<void>
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-embedded-'))
  // As root, the server runs as another user, who needs access to its data.
  await chmod(folder, 0o711)
  const url = `http://127.0.0.1:${await freePort()}`
  const main = new URL('../../../src/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      DATABASE_URL: '',
      DATA_DIR: folder,
      PORT: new URL(url).port,
      LOG_LEVEL: 'warn',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ...env
    },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const read = (...steps: string[]): string => readFileSync(path.join(folder, 'postgres', ...steps), 'utf8').trim()

  async function call(method: string, where: string, body?: unknown, as?: string): Promise<Reply> {
    const response = await fetch(url + where, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(as === undefined ? {} : { Authorization: `Bearer ${as}` })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: response.status, json: (await response.json()) as Reply['json'] }
  }

  try {
    await until(async () => (await fetch(`${url}/readyz`)).ok, 300_000)
    const session = (await call('POST', '/v1/sessions', ADMIN)).json.token ?? ''
    const workspaceId = (await call('POST', '/v1/workspaces', { name: 'measure' }, session)).json.id ?? ''
    const at = `/v1/workspaces/${workspaceId}`
    await work({
      process: child,
      url,
      session,
      password: ADMIN.password,
      workspaceId,
      call,
      async listener(name, tasks, settings = {}) {
        const document = { dsl: '1.0.3', namespace: 'measure', name, version: '1.0.0' }
        const flow = await call('POST', `${at}/flows`, { document, do: tasks }, session)
        const { json } = await call('POST', `${at}/listeners`, { name, flowId: flow.json.id, ...settings }, session)
        return `/v1/dynamic/listener/${json.id}`
      },
      databaseUrl: () => `postgresql://sluice:${encodeURIComponent(read('password'))}@127.0.0.1:${read('port')}/sluice`,
      serverPid: () => Number.parseInt(read('data', 'postmaster.pid'), 10),
      async askAfterwards(ask) {
        const embedded = await startEmbedded({ dataDir: folder, log: createLog({ level: 'silent' }) })
        const client = new pg.Client({ connectionString: embedded.url })
        try {
          await client.connect()
          return await ask(client)
        } finally {
          await client.end()
          await embedded.stop()
        }
      }
    })
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  }
}

/** Polls until the condition holds; a rejection counts as false. @throws Error after `withinMs` */
export async function until(holds: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms`)
    await pause(50)
  }
}

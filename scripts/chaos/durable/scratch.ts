import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Pool } from 'pg'
import { pino } from 'pino'
import { startEmbedded } from '../../../src/platform/db/embedded/embedded.ts'
import { migrate } from '../../../src/platform/db/migrate.ts'
import { newId } from '../../../src/lib/ids.ts'
import type { NewRun } from '../../../src/runs/engine.ts'

export interface Scratch {
  url: string
  /** Starts the server again after something has stopped it; the address stays. */
  restart(): Promise<void>
  /** Stops the server, and leaves nothing behind. */
  remove(): Promise<void>
}

/** A database server of one's own, migrated, on loopback. */
export async function openScratch(name: string): Promise<Scratch> {
  const folder = await mkdtemp(path.join(tmpdir(), `sluice-${name}-`))
  // As root, the server runs as another user. A folder that this user cannot enter would be replaced by one in
  // /var/lib, which nobody would remove.
  await chmod(folder, 0o711)
  const start = () => startEmbedded({ dataDir: path.join(folder, 'db'), log: pino({ level: 'fatal' }) })
  let server = await start()
  const { url } = server
  const remove = async (): Promise<void> => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await migrate({ url })
  } catch (error) {
    await remove()
    throw error
  }
  return {
    url,
    async restart() {
      await server.stop()
      server = await start()
      if (server.url !== url) throw new Error('the database came back elsewhere: what follows says nothing')
    },
    remove
  }
}

export async function insertWorkspace(pool: Pool): Promise<string> {
  const id = newId('wsp')
  await pool.query(`insert into workspace (id, name, key, secret, created_at) values ($1, $1, $1, 'x', now())`, [id])
  return id
}

export interface ScratchFlow {
  workspaceId: string
  name: string
  tasks: readonly object[]
  schedule?: object
}

/** A published flow. Answers its id. */
export async function insertFlow(pool: Pool, { workspaceId, name, tasks, schedule }: ScratchFlow): Promise<string> {
  const id = newId('flw')
  const document = {
    document: { dsl: '1.0.3', namespace: 'scratch', name, version: '1.0.0' },
    ...(schedule ? { schedule } : {}),
    do: tasks
  }
  await pool.query(
    'insert into flow (id, workspace_id, name, latest_version, published_version, created_at, updated_at) values ' +
      '($1, $2, $3, 1, 1, now(), now())',
    [id, workspaceId, name]
  )
  await pool.query(
    `insert into flow_version
      (flow_id, version, namespace, name, document_version, document, created_by, created_at)
      values ($1, 1, $4, $2, $5, $3, 'scratch', now())`,
    [id, name, JSON.stringify(document), document.document.namespace, document.document.version]
  )
  return id
}

/** A run of it, not queued yet. */
export function newRun(
  { workspaceId, flowId, listenerId = null }: { workspaceId: string; flowId: string; listenerId?: string | null },
  acceptedAt: number
): NewRun {
  const id = newId('run')
  return {
    id,
    workspaceId,
    listenerId,
    flowId,
    flowVersion: 1,
    accountId: null,
    tokenId: null,
    requestId: id,
    caller: { kind: 'anonymous', id: null, name: null, workspaceId },
    input: {},
    priority: 0,
    acceptedAt
  }
}

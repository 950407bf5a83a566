import type { Pool } from 'pg'
import { newId } from '../../../src/lib/ids.ts'
import type { NewRun } from '../../../src/runs/engine.ts'

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

/** Inserts a published flow. Returns its id. */
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

/** A run of a flow, not queued yet. */
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

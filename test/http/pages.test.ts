import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

// Lists in pages, while rows come and go and many rows have the same time.

const { client, services } = await startSluice(t)
const ada = await client.signUp('Ada')
const as = ada.session
const at = `/v1/workspaces/${ada.workspaceId}`
const ROWS = 12

interface Kind {
  list: string
  table: string
  /** The time that the list is ordered by. */
  make(n: number): Promise<string>
  remove(id: string): Promise<unknown>
}

async function make(path: string, body: object): Promise<string> {
  const made = await client.call('POST', path, { as, body })
  if (made.status !== 201) throw new Error(made.text)
  return made.json.id
}
const flow = (name: string): Promise<string> =>
  make(`${at}/flows`, {
    document: { dsl: '1.0.3', namespace: 'pages', name, version: '1.0.0' },
    do: [{ a: { set: { b: 1 } } }]
  })
const flowId = await flow('base')

const kinds: Record<string, Kind> = {
  workspaces: {
    list: '/v1/workspaces',
    table: 'workspace',
    make: (n) => make('/v1/workspaces', { name: `w${n}` }),
    remove: (id) => client.call('DELETE', `/v1/workspaces/${id}`, { as, body: { password: ada.password } })
  },
  flows: {
    list: `${at}/flows`,
    table: 'flow',
    make: (n) => flow(`f${n}`),
    remove: (id) => client.call('DELETE', `/v1/flows/${id}`, { as })
  },
  listeners: {
    list: `${at}/listeners`,
    table: 'listener',
    make: (n) => make(`${at}/listeners`, { name: `l${n}`, flowId }),
    remove: (id) => client.call('DELETE', `/v1/listeners/${id}`, { as })
  },
  tokens: {
    list: '/v1/tokens',
    table: 'token',
    make: (n) => make('/v1/tokens', { name: `t${n}`, days: 0, password: ada.password }),
    remove: (id) => client.call('DELETE', `/v1/tokens/${id}`, { as })
  }
}

/** The ids of all pages of two rows. `between` runs once, after the third page. */
async function read(list: string, between = async () => {}): Promise<string[]> {
  const ids: string[] = []
  let cursor = ''
  for (let page = 1; ; page++) {
    const { json } = await client.call('GET', `${list}?limit=2${cursor}`, { as })
    ids.push(...json.items.map(({ id }: { id: string }) => id))
    if (json.nextCursor === null) return ids
    cursor = `&cursor=${encodeURIComponent(json.nextCursor)}`
    if (page === 3) await between()
  }
}

for (const [name, { list, table, make, remove }] of Object.entries(kinds))
  t.test(`200: ${name} that were there come once, whatever comes and goes meanwhile`, async (t) => {
    const ids: string[] = []
    for (let n = 0; n < ROWS; n++) ids.push(await make(n))
    const once = (seen: readonly string[], expected: readonly string[]): void => {
      for (const id of expected) t.equal(seen.filter((one) => one === id).length, 1, id)
    }
    once(await read(list), ids)
    await services.database.pool.query(`update "${table}" set created_at = now() where id = any($1)`, [ids])
    once(await read(list), ids)
    const [gone = '', ...stay] = ids
    const seen = await read(list, async () => {
      await make(100)
      if (name !== 'tokens') await remove(gone)
    })
    once(seen, stay)
    t.equal(new Set(seen).size, seen.length, 'none comes twice')
    for (const cursor of ['x', 'eyJ9', '%00', 'A'.repeat(500)])
      t.equal((await client.call('GET', `${list}?cursor=${cursor}`, { as })).status, 400, cursor)
  })

import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Admin } from '../../src/accounts/admin.ts'
import { listAccounts } from '../../src/accounts/read.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { openDatabase } from '../../src/platform/db/client.ts'
import { listAudit } from '../../src/read-audit.ts'
import { listAllTokens } from '../../src/tokens/admin-list.ts'
import { listTokens } from '../../src/tokens/read.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { FILL } from './lists/fill.ts'
import { bufferOf, explain, type Statement } from './lists/explain.ts'

// npm run bench -- lists: fills a temporary database, makes the calls of long lists, and explains the statements that
// they send. `--rows` is how many tokens there are, and half as many lines of the audit log. Prints milliseconds in the
// database, the median of five, and 8 KiB buffers. Ends with 1 if a call reads more than the limit.

/**
 * How many buffers a page of 50 may read. Buffers measure the cost of a statement independently of the load of the
 * machine.
 */
const LIMIT_BUFFERS = 2_000
const PAGE = 50

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
const rows = Number(values.rows)

await using scratch = await openScratchDatabase('lists', { durable: false })
await fill(scratch.url)
process.exitCode = (await measure(scratch.url)) ? 0 : 1

async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of FILL) await client.query(statement.replaceAll(':rows', String(rows)))
  } finally {
    await client.end()
  }
}

async function measure(url: string): Promise<boolean> {
  const database = openDatabase({ url, statementTimeoutMs: 120_000 })
  try {
    const deps = { database, clock: systemClock }
    // The person who runs this script owns the database.
    const admin = {} as Admin
    const middle = await cursorAt(database.pool, 'token', 'created_at', rows / 2)
    const middleOfAudit = await cursorAt(database.pool, 'audit_event', 'at', rows / 4)
    const middleOfUsed = await cursorAt(
      database.pool,
      'token',
      'last_used_at',
      Math.floor(rows / 6),
      'last_used_at is not null'
    )
    const firstUnused = Buffer.from(`0~tok_${String(rows / 2).padStart(22, '0')}`, 'latin1').toString('base64url')
    const all = { limit: PAGE, sort: 'createdAt' as const }
    const mine = (filter: object) => listTokens(deps, 'acc_bench1', { limit: PAGE, ...filter })
    const everybody = (filter: object) => listAllTokens(deps, admin, { ...all, ...filter })
    const audit = (filter: object) => listAudit(database.pool, { admin }, { limit: PAGE, ...filter })
    const calls: readonly [name: string, call: () => Promise<unknown>][] = [
      ['all tokens, first page', () => everybody({})],
      ['all tokens, in the middle', () => everybody({ cursor: middle })],
      ['all tokens, q without a match', () => everybody({ q: 'no such name' })],
      ['all tokens, q of one e-mail', () => everybody({ q: 'person-77@' })],
      ['all tokens, start', () => everybody({ start: 'slc_000a1b2c' })],
      ['all tokens, revoked', () => everybody({ states: ['revoked'] })],
      ['all tokens, expiring', () => everybody({ expiringDays: 7 })],
      ['all tokens, unused for a week', () => everybody({ unusedSince: new Date(Date.now() - 7 * 86_400_000) })],
      ['all tokens, by last use', () => everybody({ sort: 'lastUsedAt' })],
      ['all tokens, by last use, in the middle', () => everybody({ sort: 'lastUsedAt', cursor: middleOfUsed })],
      ['all tokens, by last use, never used', () => everybody({ sort: 'lastUsedAt', cursor: firstUnused })],
      ['own tokens of many, first page', () => mine({})],
      ['own tokens, q without a match', () => mine({ q: 'no such name' })],
      ['own tokens, revoked', () => mine({ states: ['revoked'] })],
      ['audit, first page', () => audit({})],
      ['audit, in the middle', () => audit({ cursor: middleOfAudit })],
      ['audit, a rare action', () => audit({ action: 'signing_key.rotated' })],
      ['audit, a rare group of actions', () => audit({ action: 'signing_key.*' })],
      ['audit, an actor and an action', () => audit({ actorId: 'acc_bench2', action: 'signing_key.rotated' })],
      ['audit, a request', () => audit({ requestId: 'req_none' })],
      ['audit, an address', () => audit({ ip: '192.0.2.99' })],
      ['accounts, q without a match', () => listAccounts(deps, admin, { limit: PAGE, q: 'no such name' })]
    ]
    let fits = true
    for (const [name, call] of calls) {
      const statements: Statement[] = []
      const release = bufferOf(statements)
      await call().finally(release)
      let ms = 0
      let buffers = 0
      for (const statement of statements) {
        const explained = await explain(database.pool, statement)
        ms += explained.ms
        buffers += explained.buffers
        if (process.env.EXPLAIN) console.log(explained.plan)
      }
      fits &&= buffers <= LIMIT_BUFFERS
      console.log(`${name.padEnd(40)} ${ms.toFixed(2).padStart(8)} ms ${String(buffers).padStart(6)} buffers`)
    }
    return fits
  } finally {
    await database.close()
  }
}

/** The cursor of the page that starts at a row, counted from the newest. */
async function cursorAt(pool: pg.Pool, table: string, time: string, row: number, condition = 'true'): Promise<string> {
  const { rows } = await pool.query<{ at: Date; id: string }>(
    `select ${time} as at, id from ${table} where ${condition} order by ${time} desc, id desc offset $1 limit 1`,
    [row]
  )
  const { at, id } = rows[0] ?? { at: new Date(), id: '' }
  return Buffer.from(`${at.getTime()}~${id}`, 'latin1').toString('base64url')
}

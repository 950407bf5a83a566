import { createHmac, randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Pool } from 'pg'
import { createPasswordHasher, type PasswordHasher } from '../../src/accounts/password-hasher.ts'
import { processEnvironment, readConfig } from '../../src/config.ts'
import { localKeys } from '../../src/data-folder.ts'
import { createKeyring, type Keyring, type KeyringKey, parseKeys } from '../../src/lib/keyring.ts'
import { Secret } from '../../src/lib/secret.ts'
import { openDatabase } from '../../src/platform/db/client.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { newSigningSecret, secretPlace } from '../../src/workspaces/signing-secret.ts'
import { openSeedDatabase } from './seed/open-database.ts'
import {
  flowRows,
  insertRows,
  listenerRows,
  runRows,
  seedId,
  type SeedOwner,
  tokenRows,
  usageRows
} from './seed/rows.ts'

// npm run seed: two accounts with a workspace, 10 flows and listeners, 100 tokens and 2,500 runs each, for development.
// Works beside a running gateway and without one. Rows have fixed ids: a second seed adds only what is missing, and
// `delete from run where id like 'run_seed%'` removes what was added.

const OWNERS = 2
const PASSWORD_LENGTH = 24

const config = readConfig(processEnvironment(process.cwd()))
const { values } = parseArgs({ options: { 'any-host': { type: 'boolean', default: false } } })
const server = await openSeedDatabase(config, values['any-host'])
try {
  await migrate({ url: server.url })
  const database = openDatabase({ url: server.url })
  try {
    const keys = config.keys ? parseKeys(config.keys.reveal()) : await localKeys(config.dataDir)
    await seed(database.pool, keys)
  } finally {
    await database.close()
  }
} finally {
  await server.stop()
}

async function seed(pool: Pool, keys: readonly KeyringKey[]): Promise<void> {
  const now = Date.now()
  const password = passwordOf(keys)
  const hasher = await createPasswordHasher({ cores: availableParallelism() })
  const keyring = createKeyring(keys)
  const added: Record<string, number> = {}
  for (let number = 1; number <= OWNERS; number++) {
    const owner = await insertOwner(pool, { number, password, hasher, keyring, now }, added)
    const { flows, versions } = flowRows(owner, now)
    for (const [table, rows] of [
      ['token', tokenRows(owner, now)],
      ['token_day_usage', usageRows(owner, now)],
      ['flow', flows],
      ['flow_version', versions],
      ['listener', listenerRows(owner, now)],
      ['run', runRows(owner, now)]
    ] as const) {
      added[table] = (added[table] ?? 0) + (await insertRows(pool, table, rows))
    }
  }
  for (const [table, count] of Object.entries(added)) console.log(`${table.padEnd(14)}${String(count).padStart(6)} new`)
  console.log(`\nPassword of both accounts: ${password.reveal()}`)
  for (let number = 1; number <= OWNERS; number++) {
    const url = config.publicUrl ?? `http://127.0.0.1:${config.port}`
    console.log(
      `${emailOf(number)}  curl -u '${emailOf(number)}:${password.reveal()}' ` +
        `${url}/v1/dynamic/listener/${seedId('lsn', number, 0)}`
    )
  }
}

interface OwnerOptions {
  number: number
  password: Secret
  hasher: PasswordHasher
  keyring: Keyring
  now: number
}

/** Inserts the account, its workspace and its membership. Keeps a password that was changed since. */
async function insertOwner(
  pool: Pool,
  { number, password, hasher, keyring, now }: OwnerOptions,
  added: Record<string, number>
): Promise<SeedOwner> {
  const owner = { number, accountId: seedId('acc', number, 0), workspaceId: seedId('wsp', number, 0) }
  const { rowCount: accounts } = await pool.query('select from account limit 1')
  // The first account of an empty database becomes its admin, as when a person signs up.
  const role = accounts === 0 ? 'admin' : 'user'
  const created_at = new Date(now).toISOString()
  const rows = {
    account: {
      id: owner.accountId,
      email: emailOf(number),
      name: `Seed ${number}`,
      role,
      password_hash: await hasher.inTurn({ lane: 'trusted', keys: ['seed'] }, ({ hash }) => hash(password)),
      created_at
    },
    workspace: {
      id: owner.workspaceId,
      name: `Seed ${number}`,
      key: randomBytes(16).toString('hex'),
      secret: keyring.seal(newSigningSecret(), secretPlace(owner.workspaceId)),
      created_at
    },
    member: { workspace_id: owner.workspaceId, account_id: owner.accountId, role: 'owner', created_at }
  }
  for (const [table, row] of Object.entries(rows))
    added[table] = (added[table] ?? 0) + (await insertRows(pool, table, [row]))
  return owner
}

/** The password: the same for every seed of an installation, and unknown without its keys. */
function passwordOf(keys: readonly KeyringKey[]): Secret {
  const [first] = keys
  if (!first) throw new Error('a keyring needs at least one key')
  const text = createHmac('sha256', first.key.reveal()).update('password of the seeded accounts').digest('base64url')
  return new Secret(text.slice(0, PASSWORD_LENGTH))
}

function emailOf(number: number): string {
  return `seed-${number}@sluice.local`
}

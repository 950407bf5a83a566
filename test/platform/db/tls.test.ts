import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import t from 'tap'
import { readConfig } from '../../../src/config.ts'
import { createLog } from '../../../src/platform/log/log.ts'
import { startEmbedded } from '../../../src/platform/db/embedded/embedded.ts'
import { migrate, MigrationError } from '../../../src/platform/db/migrate.ts'
import { waitForMigrations } from '../../../src/platform/db/wait-for-migrations.ts'
import { until } from '../../fixtures/until.ts'

const KEYS = `k:${randomBytes(32).toString('base64')}`
const isThere = process.env['CI'] !== undefined || spawnSync('openssl', ['version']).status === 0

t.test('TLS to the database', { skip: isThere ? false : 'no openssl command' }, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-tls-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o711)
  const server = await startEmbedded({ dataDir: folder, log: createLog({ level: 'silent' }), durable: false })
  t.teardown(() => server.stop())
  /** As the configuration of a server elsewhere gives it. The test has none elsewhere. */
  const elsewhere = (query = ''): string => {
    const { databaseUrl } = readConfig({
      DATABASE_URL: `${server.url.replace('127.0.0.1', 'db.example.com')}${query}`,
      SLUICE_KEYS: KEYS
    })
    return databaseUrl?.reveal().replace('db.example.com', '127.0.0.1') ?? ''
  }
  const failure = (url: string): Promise<unknown> => migrate({ url }).catch((error: unknown) => error)

  await t.test('a server without TLS is refused with what to do, and used where the URL says so', async (t) => {
    t.match(await failure(elsewhere()), { name: 'MigrationError', message: /does not support SSL.*sslmode=disable/ })
    await t.rejects(waitForMigrations({ url: elsewhere(), onWaiting: () => {} }), {
      message: /does not support SSL.*sslmode=disable/
    })
    t.ok((await migrate({ url: elsewhere('?sslmode=disable') })).length > 0)
  })

  await t.test('a certificate of an unknown authority is refused, and taken once its authority is named', async (t) => {
    const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')]
    const subject = ['-subj', '/CN=database', '-addext', 'subjectAltName=IP:127.0.0.1']
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject], {
      stdio: 'ignore'
    })
    await useCertificate(server.url, await readFile(key, 'utf8'), await readFile(certificate, 'utf8'))
    const refused = await failure(elsewhere())
    t.type(refused, MigrationError)
    t.match(refused, { message: /cannot be used: self-signed certificate.*Name the certificate of its authority/ })
    t.notMatch((refused as Error).message, new RegExp(new URL(server.url).password))
    t.match(await failure(elsewhere('?sslmode=require')), { message: /self-signed/ }, 'as verify-full')
    t.same(await migrate({ url: elsewhere(`?sslrootcert=${certificate}`) }), [])
    t.same(await migrate({ url: elsewhere('?sslmode=no-verify') }), [])
  })
})

/** Gives the server a certificate. Its files belong to the server's user, so the server itself writes them. */
async function useCertificate(url: string, key: string, certificate: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const {
      rows: [place]
    } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
    const folder = place?.folder ?? ''
    for (const [file, text] of [
      ['server.key', key],
      ['server.crt', certificate]
    ] as const) {
      await client.query('create temp table line (text text)')
      await client.query('insert into line select unnest($1::text[])', [text.trim().split('\n')])
      await client.query(`copy line to '${path.join(folder, file)}'`)
      await client.query('drop table line')
      // Others may read what COPY writes, and the server refuses such a key.
      await chmod(path.join(folder, file), 0o600)
    }
    await client.query(`alter system set ssl = on`)
    await client.query('select pg_reload_conf()')
    const hasTls = async (): Promise<boolean> => {
      const fresh = new pg.Client({ connectionString: url, ssl: { rejectUnauthorized: false } })
      return fresh.connect().then(
        () => fresh.end().then(() => true),
        () => false
      )
    }
    await until(hasTls, 30_000, 'TLS of the server')
  } finally {
    await client.end()
  }
}

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { VARIABLES } from '../src/config/variables.ts'
import { ConfigError, exampleEnvironment, readConfig } from '../src/config.ts'

const KEY_TEXT = randomBytes(32).toString('base64')
const KEY = `k1:${KEY_TEXT}`
const RESTATE = {
  DURABLE_ENGINE: 'restate',
  RESTATE_INGRESS_URL: 'http://127.0.0.1:8080/',
  RESTATE_ADMIN_URL: 'http://127.0.0.1:9070'
}

t.test('an empty environment is a whole configuration', async (t) => {
  t.match(readConfig({}), {
    host: '127.0.0.1',
    port: 2020,
    publicUrl: undefined,
    databaseUrl: undefined,
    dataDir: path.resolve('.data'),
    signup: 'open',
    egressAllow: [],
    trustProxy: [],
    cacheMaxStaleMs: 5_000,
    cacheGraceMs: 60_000,
    role: 'all',
    logLevel: 'info'
  })
  t.ok(Object.isFrozen(readConfig({})))
})

t.test('sign-up is closed by default where the database is not embedded', async (t) => {
  t.equal(readConfig({ DATABASE_URL: 'postgresql://db/x', SLUICE_KEYS: KEY }).signup, 'closed')
  t.equal(readConfig({ DATABASE_URL: 'postgresql://db/x', SLUICE_KEYS: KEY, SIGNUP: 'open' }).signup, 'open')
})

t.test('sign-up is closed by default where other machines reach the gateway', async (t) => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'sluice.example.com'])
    t.equal(readConfig({ HOST: host }).signup, 'closed', host)
  for (const host of ['127.0.0.1', 'localhost', '::1']) t.equal(readConfig({ HOST: host }).signup, 'open', host)
  t.equal(readConfig({ HOST: '0.0.0.0', SIGNUP: 'open' }).signup, 'open')
})

t.test('keys that are not random are refused, by their names', async (t) => {
  for (const weak of [Buffer.alloc(32), Buffer.alloc(32, 'secret')])
    t.throws(() => readConfig({ SLUICE_KEYS: `${KEY},old:${weak.toString('base64')}` }), {
      message: /"old" is not random/
    })
})

t.test('mail takes a server and a sender, and no sender that adds a header', async (t) => {
  t.match(readConfig({ SMTP_URL: 'smtps://mail.example.com', MAIL_FROM: 'a@example.com' }).smtp, {
    from: 'a@example.com'
  })
  t.equal(readConfig({}).smtp, undefined)
  for (const [SMTP_URL, MAIL_FROM] of [
    ['smtp://mail.example.com', undefined],
    [undefined, 'a@example.com'],
    ['http://mail.example.com', 'a@example.com'],
    ['smtp://mail.example.com', 'nobody'],
    ['smtp://mail.example.com', 'A <a@example.com>\r\nBcc: <b@example.com>']
  ])
    t.throws(() => readConfig({ SMTP_URL, MAIL_FROM }), ConfigError)
})

t.test('every fault is reported together, and none shows a value that could be a secret', async (t) => {
  const secret = 'hunter2-hunter2'
  try {
    readConfig({
      PORT: '70000',
      PUBLIC_URL: 'ftp://x',
      DATABASE_URL: secret,
      SLUICE_KEYS: secret,
      SIGNUP: 'maybe',
      TRUST_PROXY: '10.0.0.0/99',
      CACHE_GRACE: '-1',
      ROLE: 'x',
      LOG_LEVEL: 'loud',
      ADMIN_EMAIL: 'nobody',
      EGRESS_ALLOW: 'a b'
    })
    t.fail('it was taken')
  } catch (error) {
    t.ok(error instanceof ConfigError)
    for (const name of [
      'PORT',
      'PUBLIC_URL',
      'DATABASE_URL',
      'SLUICE_KEYS',
      'SIGNUP',
      'TRUST_PROXY',
      'CACHE_GRACE',
      'ROLE',
      'LOG_LEVEL',
      'ADMIN_EMAIL',
      'EGRESS_ALLOW'
    ])
      t.match((error as Error).message, `${name}:`)
    t.notMatch((error as Error).message, secret)
  }
})

t.test('what only makes sense together is asked for together', async (t) => {
  t.throws(() => readConfig({ ADMIN_EMAIL: 'a@b.c' }), { message: /ADMIN_PASSWORD/ })
  t.throws(
    () => readConfig({ DATABASE_URL: 'postgres://db/x', ADMIN_EMAIL: 'a@b.c', PORT: 'x' }),
    { message: /3 faults:[\s\S]*PORT[\s\S]*ADMIN_PASSWORD[\s\S]*SLUICE_KEYS/ },
    'with what is wrong of one alone'
  )
  t.throws(() => readConfig({ DATABASE_URL: 'postgres://db/x' }), { message: /SLUICE_KEYS/ })
})

t.test('a password that no account may have is a fault at start, before there is a database', async (t) => {
  for (const password of ['seven77', 'password1', 'x'.repeat(257)])
    t.throws(
      () => readConfig({ PORT: 'x', ADMIN_EMAIL: 'a@b.c', ADMIN_PASSWORD: password }),
      { message: /PORT:[^]*ADMIN_PASSWORD:/ },
      password.slice(0, 10)
    )
})

t.test('secrets in it do not print', async (t) => {
  const config = readConfig({
    DATABASE_URL: 'postgres://user:hunter2@db/x',
    SLUICE_KEYS: KEY,
    ADMIN_EMAIL: 'A@b.c',
    ADMIN_PASSWORD: 'hunter2 hunter2',
    SMTP_URL: 'smtp://user:hunter2@mail.example.com',
    MAIL_FROM: 'Sluice <sluice@example.com>'
  })
  const printed = inspect(config, { depth: 5 }) + JSON.stringify(config)
  t.notMatch(printed, /hunter2/)
  t.notOk(printed.includes(KEY_TEXT))
  t.equal(config.admin?.email, 'a@b.c')
})

t.test('a secret can stand in a file, which is named and never shown', async (t) => {
  const folder = t.testdir({
    url: 'postgresql://user:hunter2@db/x\n',
    keys: `${KEY}\r\n`,
    password: 'hunter2 hunter2 ',
    empty: '\n'
  })
  const config = readConfig({
    DATABASE_URL_FILE: path.join(folder, 'url'),
    DATABASE_DIRECT_URL_FILE: path.join(folder, 'url'),
    SLUICE_KEYS_FILE: path.join(folder, 'keys'),
    ADMIN_EMAIL: 'a@b.c',
    ADMIN_PASSWORD_FILE: path.join(folder, 'password')
  })
  t.equal(config.databaseUrl?.reveal(), 'postgresql://user:hunter2@db/x?sslmode=verify-full')
  t.equal(config.databaseDirectUrl?.reveal(), 'postgresql://user:hunter2@db/x?sslmode=verify-full')
  t.equal(config.keys?.reveal(), KEY)
  t.equal(config.admin?.password.reveal(), 'hunter2 hunter2 ', 'only the last line break is left out')
  const message = (environment: Record<string, string>) => {
    try {
      readConfig(environment)
    } catch (error) {
      return (error as Error).message
    }
    return t.fail('it was taken')
  }
  const both = message({ SMTP_URL: 'smtp://u:hunter2@m', SMTP_URL_FILE: path.join(folder, 'url'), MAIL_FROM: 'a@b.c' })
  t.match(both, /SMTP_URL and SMTP_URL_FILE: set one of them/)
  t.notMatch(both, /hunter2/)
  t.match(message({ REDIS_URL_FILE: path.join(folder, 'empty') }), /REDIS_URL_FILE: the file is empty/)
  t.match(message({ REDIS_URL_FILE: path.join(folder, 'absent') }), /REDIS_URL_FILE: .*ENOENT/)
  const wrong = message({ REDIS_URL_FILE: path.join(folder, 'url') })
  t.match(wrong, /REDIS_URL: must be a redis/)
  t.notMatch(wrong, /hunter2/)
})

t.test('every variable that holds a secret can stand in a file', async (t) => {
  const secrets = Object.entries(VARIABLES).filter(([, { isSecret }]) => isSecret)
  t.same(secrets.map(([name]) => name).sort(), [
    'ADMIN_PASSWORD',
    'DATABASE_DIRECT_URL',
    'DATABASE_READ_URL',
    'DATABASE_URL',
    'METRICS_TOKEN',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'REDIS_URL',
    'SLUICE_KEYS',
    'SMTP_URL'
  ])
})

t.test(
  'connections to a database elsewhere are by TLS with a verified certificate, unless the URL says so',
  async (t) => {
    const own = { SLUICE_KEYS: KEY }
    for (const [url, used] of [
      ['postgres://db/x', 'postgres://db/x?sslmode=verify-full'],
      ['postgres://10.0.0.5/x?application_name=a', 'postgres://10.0.0.5/x?application_name=a&sslmode=verify-full'],
      ['postgres:///x?host=db', 'postgres:///x?host=db&sslmode=verify-full'],
      ['postgres://db/x?sslmode=require', 'postgres://db/x?sslmode=verify-full'],
      ['postgres://db/x?sslmode=prefer&a=b', 'postgres://db/x?sslmode=verify-full&a=b'],
      ['postgres://db/x?sslmode=require&uselibpqcompat=true', undefined],
      ['postgres://db/x?sslmode=disable', undefined],
      ['postgres://db/x?sslmode=no-verify', undefined],
      ['postgres://localhost/x', undefined],
      ['postgres://127.0.0.1:6432/x', undefined],
      ['postgres://[::1]/x', undefined],
      ['postgres:///x?host=/var/run/postgresql', undefined],
      ['postgres://%2Fvar%2Frun%2Fpostgresql/x', undefined]
    ] as const)
      t.equal(readConfig({ ...own, DATABASE_URL: url }).databaseUrl?.reveal(), used ?? url)
    t.throws(() => readConfig({ ...own, DATABASE_URL: 'postgres://u:hunter2@db/x?sslrootcert=/no/such/file' }), {
      message: /^(?![^]*hunter2)[^]*DATABASE_URL: the file of its sslrootcert cannot be read/
    })
  }
)

t.test('a pooler, a port for metrics, and who migrates', async (t) => {
  const own = { DATABASE_URL: 'postgres://db/x', SLUICE_KEYS: KEY }
  t.match(readConfig({}), { databasePool: 10, migrate: 'auto', metricsPort: undefined, redisUrl: undefined })
  t.match(readConfig({ ...own, DATABASE_POOL: '40', MIGRATE: 'wait', METRICS_PORT: '9464' }), {
    databasePool: 40,
    migrate: 'wait',
    metricsPort: 9464
  })
  for (const [environment, fault] of [
    [{ MIGRATE: 'wait' }, /MIGRATE: needs DATABASE_URL/],
    [{ DATABASE_DIRECT_URL: 'postgres://db/x' }, /DATABASE_DIRECT_URL: needs DATABASE_URL/],
    [{ DATABASE_READ_URL: 'postgres://db/x' }, /DATABASE_READ_URL: needs DATABASE_URL/],
    [{ DATABASE_POOL: '1' }, /DATABASE_POOL:/],
    [{ METRICS_PORT: '0' }, /METRICS_PORT:/],
    [{ METRICS_PORT: '2020' }, /METRICS_PORT: must differ from PORT/],
    [{ METRICS_TOKEN: 'too-short' }, /METRICS_TOKEN: must have at least 20 characters/],
    [{ METRICS_TOKEN: 'with spaces, which no header takes' }, /METRICS_TOKEN: must be letters, digits and/],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, /OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'x' }, /OTEL_EXPORTER_OTLP_HEADERS: must be name=value/],
    [{ REDIS_URL: 'http://x' }, /REDIS_URL:/],
    [{ DURABLE_ENGINE: 'temporal' }, /DURABLE_ENGINE:/],
    [{ DURABLE_ENGINE: 'restate' }, /RESTATE_INGRESS_URL: needed with DURABLE_ENGINE=restate/],
    [{ DURABLE_ENGINE: 'restate' }, /RESTATE_ADMIN_URL: needed with DURABLE_ENGINE=restate/],
    [{ ...RESTATE, RESTATE_SERVICE_PORT: '2020' }, /RESTATE_SERVICE_PORT: must differ from PORT/],
    [{ ...RESTATE, RESTATE_SERVICE_URL: 'http://workers:9080' }, /RESTATE_IDENTITY_KEYS: needed/],
    [{ ...RESTATE, RESTATE_IDENTITY_KEYS: 'secret' }, /RESTATE_IDENTITY_KEYS: must be public keys/]
  ] as const)
    t.throws(() => readConfig(environment), { message: fault })
})

t.test('.env.example is what the schema says', async (t) => {
  t.equal(await readFile(new URL('../.env.example', import.meta.url), 'utf8'), exampleEnvironment())
})

t.test('where Restate is, and who may call the service that it calls', async (t) => {
  t.equal(readConfig({}).restate, undefined)
  t.equal(readConfig({ ...RESTATE, DURABLE_ENGINE: 'postgres' }).restate, undefined)
  t.same(readConfig(RESTATE).restate, {
    ingressUrl: 'http://127.0.0.1:8080',
    adminUrl: 'http://127.0.0.1:9070',
    serviceUrl: 'http://127.0.0.1:9080',
    servicePort: 9080,
    serviceHost: '127.0.0.1',
    identityKeys: []
  })
  const key = 'publickeyv1_2G8dCQhArfvGpzPw5Vx2ALciR4xCLHfS5YaT93XjNxX9'
  t.match(readConfig({ ...RESTATE, RESTATE_SERVICE_URL: 'http://workers:9080/', RESTATE_IDENTITY_KEYS: key }).restate, {
    serviceUrl: 'http://workers:9080',
    serviceHost: '0.0.0.0',
    identityKeys: [key]
  })
})

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { VARIABLES } from '../src/config/variables.ts'

const ROOT = path.join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

interface Service {
  image?: string
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  ports?: string[]
  volumes?: string[]
  profiles?: string[]
  restart?: string
  logging?: { options: Record<string, string> }
  deploy?: { resources: { limits: { memory: string } } }
}

const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }
const { services: restate } = parse(read('docker-compose.restate.yml'), { merge: true }) as {
  services: Record<string, Service>
}
const gateways = Object.entries(services)
  .filter(([name]) => name.startsWith('gateway-'))
  .map(([, service]) => service)

t.test(
  'docker-compose.yml: PostgreSQL 18, one migration before two gateways, and only the proxy is reachable',
  async (t) => {
    t.match(services.postgres?.image, /postgres:18\b/)
    t.equal(gateways.length, 2)
    for (const each of [...gateways, services.worker])
      t.same(each?.depends_on, {
        postgres: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' }
      })
    t.same(services.migrate?.command, ['node', 'dist/cli/migrate.js'])
    t.ok(existsSync(path.join(ROOT, 'src/cli/migrate.ts')))
    t.same(
      Object.keys(services).filter((name) => services[name]?.ports && !services[name]?.profiles),
      ['proxy']
    )
  }
)

t.test('docker-compose.yml: gateways answer and a worker runs, and nobody but one migrates', async (t) => {
  for (const gateway of gateways) t.match(gateway.environment, { ROLE: 'gateway', MIGRATE: 'wait' })
  t.match(services.worker?.environment, { ROLE: 'worker', MIGRATE: 'wait' })
  t.same(Object.keys(services.migrate?.environment ?? {}).sort(), ['DATABASE_URL', 'LOG_LEVEL', 'SLUICE_KEYS'])
})

t.test(
  'docker-compose.yml: every service that stays has limits, logs that are rotated, and an image of a version',
  async (t) => {
    for (const [name, service] of Object.entries(services)) {
      t.match(service.logging?.options, { 'max-size': /^\d+m$/, 'max-file': /^\d+$/ }, name)
      if (service.restart !== 'no') t.match(service.deploy?.resources.limits.memory, /^\d+[mg]$/, name)
      t.match(service.image, /^(?:sluice|\$\{[A-Z]+_IMAGE:-[a-z]+:\d+\.\d+[\w.-]*\})$/, name)
    }
    t.match(read('Dockerfile'), /^ARG NODE_IMAGE=node:24\.\d+\.\d+-slim$/m)
    t.same(new Set(read('Dockerfile').match(/^FROM \S+/gm)), new Set(['FROM ${NODE_IMAGE}']))
  }
)

t.test(
  'docker-compose.yml: secrets come from the environment, and a missing one stops the start with a message',
  async (t) => {
    const secrets = [/^POSTGRES_PASSWORD$/, /^SLUICE_KEYS$/, /^ADMIN_PASSWORD$/, /^DATABASE_URL$/]
    const settings = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment))
    const secret = settings.filter(([name]) => secrets.some((pattern) => pattern.test(name)))
    // Three services that serve, two that need the database alone, and PostgreSQL.
    t.equal(secret.length, 3 * 3 + 2 * 2 + 1)
    for (const [name, value] of secret) t.match(value, /\$\{[A-Z_]+:\?set [^}]+\}/, name)
  }
)

t.test('docker-compose.yml: a gateway gets only variables that it reads', async (t) => {
  for (const { environment = {} } of gateways)
    t.same(
      Object.keys(environment).filter((name) => !(name in VARIABLES)),
      []
    )
})

t.test('docker-compose.restate.yml: every process that runs or queues flows is told of Restate', async (t) => {
  const told = Object.entries(restate).filter(([name]) => name !== 'restate')
  t.same(
    told.map(([name]) => name).sort(),
    [...Object.keys(services).filter((name) => /^gateway-|^worker$/.test(name))].sort()
  )
  for (const [name, { environment = {} }] of told) {
    t.match(environment, { DURABLE_ENGINE: 'restate', RESTATE_SERVICE_URL: 'http://worker:9080' }, name)
    t.same(
      Object.keys(environment).filter((variable) => !(variable in VARIABLES)),
      []
    )
  }
  t.match(restate['restate']?.image, /^\$\{RESTATE_IMAGE:-[a-z]+\/restate:1\.7\.\d+\}$/)
  t.match(restate['restate']?.logging?.options, { 'max-size': /^\d+m$/, 'max-file': /^\d+$/ })
  t.match(restate['restate']?.deploy?.resources.limits.memory, /^\d+g$/)
  t.notOk(restate['restate']?.ports, 'nobody outside reaches it')
})

t.test('the proxy uses both gateways, and logs no query, because a query can contain a token', async (t) => {
  const file = services.proxy?.volumes?.[0]?.split(':')[0] ?? ''
  const nginx = read(file)
  t.same(
    [...nginx.matchAll(/server (gateway-\d):/g)].map(([, name]) => name),
    Object.keys(services).filter((name) => name.startsWith('gateway-'))
  )
  const [, format = ''] = /log_format calls ([^;]+);/.exec(nginx) ?? []
  t.ok(format.includes('$uri '))
  t.notMatch(format, /\$request\b|\$request_uri|\$args|\$query_string|\$http_referer/)
  t.match(nginx, /error_log \S+ crit;/)
})

const noCaddy =
  process.env['CI'] === undefined && spawnSync('caddy', ['version']).status !== 0 && 'Caddy is not installed'

t.test('Caddy takes its configuration, and uses both gateways', { skip: noCaddy }, async (t) => {
  const file = path.join(ROOT, services.caddy?.volumes?.[0]?.split(':')[0] ?? '')
  const validate = spawnSync('caddy', ['validate', '--config', file, '--adapter', 'caddyfile'], {
    env: { ...process.env, DOMAIN: 'sluice.example.com', XDG_DATA_HOME: t.testdir() },
    encoding: 'utf8'
  })
  t.equal(validate.status, 0, validate.stderr)
  t.match(readFileSync(file, 'utf8'), /reverse_proxy gateway-1:2020 gateway-2:2020 \{/)
})

t.test('the image is built from files that exist, and does not run as root', async (t) => {
  const dockerfile = read('Dockerfile')
  const sources = [...dockerfile.matchAll(/^COPY (?!--)(.+)$/gm)].flatMap(([, line = '']) =>
    line.split(' ').slice(0, -1)
  )
  for (const source of sources) t.ok(existsSync(path.join(ROOT, source)), source)
  t.match(dockerfile, /^USER node$/m)
  t.match(dockerfile, /^HEALTHCHECK /m)
})

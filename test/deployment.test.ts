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
}

const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }
const gateways = Object.entries(services)
  .filter(([name]) => name.startsWith('gateway-'))
  .map(([, service]) => service)

t.test(
  'docker-compose.yml: PostgreSQL 18, one migration before two gateways, and only the proxy is reachable',
  async (t) => {
    t.match(services.postgres?.image, /^postgres:18\b/)
    t.equal(gateways.length, 2)
    for (const gateway of gateways)
      t.same(gateway.depends_on, {
        postgres: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' }
      })
    t.same(services.migrate?.command, ['node', 'dist/cli/migrate.js'])
    t.ok(existsSync(path.join(ROOT, 'src/cli/migrate.ts')))
    t.same(
      Object.keys(services).filter((name) => services[name]?.ports),
      ['proxy']
    )
  }
)

t.test(
  'docker-compose.yml: secrets come from the environment, and a missing one stops the start with a message',
  async (t) => {
    const secrets = [/^POSTGRES_PASSWORD$/, /^SLUICE_KEYS$/, /^ADMIN_PASSWORD$/, /^DATABASE_URL$/]
    const settings = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment))
    const secret = settings.filter(([name]) => secrets.some((pattern) => pattern.test(name)))
    t.equal(secret.length, 3 * 3 + 1)
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

t.test('the image is built from files that exist, and does not run as root', async (t) => {
  const dockerfile = read('Dockerfile')
  const sources = [...dockerfile.matchAll(/^COPY (?!--)(.+)$/gm)].flatMap(([, line = '']) =>
    line.split(' ').slice(0, -1)
  )
  for (const source of sources) t.ok(existsSync(path.join(ROOT, source)), source)
  t.match(dockerfile, /^USER node$/m)
  t.match(dockerfile, /^HEALTHCHECK /m)
})

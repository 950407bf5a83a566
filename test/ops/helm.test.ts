import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { VARIABLES } from '../../src/config/variables.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const CHART = path.join(ROOT, 'ops/helm')
const RENDERER = path.join(import.meta.dirname, 'render-chart')
/** Where Debian keeps libraries of Go. */
const GOPATH = '/usr/share/gocode'
const libraries = ['github.com/Masterminds/sprig', 'sigs.k8s.io/yaml'].map((name) => path.join(GOPATH, 'src', name))
/** CI installs them. */
const canRender =
  process.env['CI'] !== undefined || (libraries.every(existsSync) && spawnSync('go', ['version']).status === 0)

const LEAST = { publicUrl: 'https://sluice.example.com', secret: { name: 'sluice' } }
const MOST = {
  ...LEAST,
  image: { digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: [{ name: 'registry' }],
  env: { LOG_LEVEL: 'debug', CACHE_GRACE: 120, ADMIN_EMAIL: 'ada@example.com' },
  trustProxy: ['10.1.0.0/16'],
  gateway: { autoscaling: { enabled: false } },
  worker: { autoscaling: { enabled: true } },
  ingress: { enabled: true, className: 'nginx', host: 'sluice.example.com', tlsSecret: 'tls', annotations: { a: 'b' } },
  secret: { name: 'sluice', files: { METRICS_TOKEN: 'metrics_token' } },
  metrics: { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
  networkPolicy: { database: { cidrs: ['10.0.0.5/32'] }, extraEgress: [{ to: [{ podSelector: {} }] }] },
  serviceAccount: { annotations: { a: 'b' } },
  podAnnotations: { a: 'b' },
  restate: {
    enabled: true,
    ingressUrl: 'http://restate.restate:8080',
    adminUrl: 'http://restate.restate:9070',
    identityKeys: ['publickeyv1_2G8dCQhArfvGpzPw5Vx2ALciR4xCLHfS5YaT93XjNxX9'],
    peers: [{ namespaceSelector: { matchLabels: { name: 'restate' } } }]
  },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'a', operator: 'Exists' }]
}

interface Resource {
  apiVersion: string
  kind: string
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> }
  spec?: any
}

const check = new Ajv({ allowUnionTypes: true }).compile(
  JSON.parse(await readFile(path.join(CHART, 'values.schema.json'), 'utf8'))
)
const defaults = parse(await readFile(path.join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>

function merged(into: any, from: any): any {
  if (from === null || typeof from !== 'object' || Array.isArray(from)) return from
  const both = { ...into }
  for (const [key, value] of Object.entries(from)) both[key] = merged(both[key], value)
  return both
}

t.test('values that fit are taken, and a mistake is named', async (t) => {
  for (const values of [LEAST, MOST]) t.ok(check(merged(defaults, values)), JSON.stringify(check.errors))
  for (const wrong of [
    {},
    { ...LEAST, publicUrl: 'sluice.example.com' },
    { ...LEAST, secret: { name: '' } },
    { ...LEAST, gateway: { replica: 3 } },
    { ...LEAST, env: { 'log-level': 'debug' } },
    { ...LEAST, image: { digest: 'latest' } },
    { ...LEAST, terminationGracePeriodSeconds: 10 }
  ])
    t.notOk(check(merged(defaults, wrong)), JSON.stringify(wrong))
})

t.test('what is rendered', { skip: !canRender && 'Go with Sprig is not installed' }, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-chart-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const program = path.join(folder, 'render-chart')
  const env = { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '', GOCACHE: path.join(folder, 'cache') }
  await promisify(execFile)('go', ['build', '-o', program, '.'], { cwd: RENDERER, env })

  async function render(values: object): Promise<Resource[]> {
    const running = promisify(execFile)(program, [CHART, 'my'])
    running.child.stdin?.end(JSON.stringify(values))
    return parseAllDocuments((await running).stdout)
      .map((document) => {
        if (document.errors.length > 0) throw document.errors[0]
        return document.toJS() as Resource | null
      })
      .filter((resource) => resource !== null)
  }

  const [least, most] = [await render(LEAST), await render(MOST)]
  const named = (resources: Resource[]): string[] =>
    resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()
  const find = (resources: Resource[], name: string): any =>
    resources.find(({ kind, metadata }) => `${kind} ${metadata.name}` === name)

  await t.test('the resources, with the defaults and with everything', async (t) => {
    const always = [
      'Deployment my-sluice-gateway',
      'Deployment my-sluice-worker',
      'Job my-sluice-migrate',
      'NetworkPolicy my-sluice',
      'PodDisruptionBudget my-sluice-gateway',
      'PodDisruptionBudget my-sluice-worker',
      'Service my-sluice',
      'Service my-sluice-metrics',
      'ServiceAccount my-sluice'
    ]
    t.same(named(least), [...always, 'HorizontalPodAutoscaler my-sluice-gateway'].sort())
    t.same(
      named(most),
      [
        ...always,
        'HorizontalPodAutoscaler my-sluice-worker',
        'Ingress my-sluice',
        'Service my-sluice-worker',
        'ServiceMonitor my-sluice'
      ].sort()
    )
    await t.rejects(render({ ...LEAST, secret: { name: '' } }), /secret\.name/)
  })

  await t.test('each fits the schema of Kubernetes', async (t) => {
    for (const resource of [...least, ...most]) {
      const from = resource.kind === 'ServiceMonitor' ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'
      const models = await import(`${from}/${resource.apiVersion}/${resource.kind}`)
      const Model = models[resource.kind]
      t.doesNotThrow(() => new Model(resource).validate(), `${resource.kind} ${resource.metadata.name}`)
    }
    const { Deployment } = await import('kubernetes-models/apps/v1/Deployment')
    const broken = structuredClone(find(least, 'Deployment my-sluice-gateway'))
    broken.spec.template.spec.containers[0].ports[0].containerPort = 'http'
    t.throws(() => new Deployment(broken).validate(), 'a mistake is found')
  })

  await t.test('with Restate, every process is told of it, and Restate reaches the workers', async (t) => {
    for (const name of ['gateway', 'worker']) {
      const [container] = find(most, `Deployment my-sluice-${name}`).spec.template.spec.containers
      const values = Object.fromEntries(
        container.env.map((one: { name: string; value: string }) => [one.name, one.value])
      )
      t.match(values, {
        DURABLE_ENGINE: 'restate',
        RESTATE_INGRESS_URL: 'http://restate.restate:8080',
        RESTATE_SERVICE_URL: /^http:\/\/my-sluice-worker\.[a-z]+:9080$/,
        RESTATE_IDENTITY_KEYS: /^publickeyv1_/
      })
    }
    t.match(find(most, 'Service my-sluice-worker').spec, {
      selector: { 'app.kubernetes.io/component': 'worker' },
      ports: [{ port: 9080, targetPort: 'restate' }]
    })
    const { ingress, egress } = find(most, 'NetworkPolicy my-sluice').spec
    t.match(ingress.at(-1), { ports: [{ port: 9080 }], from: [{ namespaceSelector: {} }] })
    t.match(egress[0], { ports: [{ port: 8080 }, { port: 9070 }], to: [{ namespaceSelector: {} }] })
    t.notMatch(JSON.stringify(least), /RESTATE|9080/)
  })

  await t.test('a pod gets variables that the gateway reads, secrets as files, and no rights', async (t) => {
    for (const name of ['Deployment my-sluice-gateway', 'Deployment my-sluice-worker', 'Job my-sluice-migrate']) {
      const { spec } = find(most, name).spec.template
      const [container] = spec.containers
      for (const { name: variable, value } of container.env as { name: string; value: string }[]) {
        t.type(value, 'string', variable)
        const known = variable.replace(/_FILE$/, '') as keyof typeof VARIABLES
        t.ok(known in VARIABLES, variable)
        t.equal(
          VARIABLES[known].isSecret === true,
          variable.endsWith('_FILE'),
          `${variable}: a file where it is a secret`
        )
      }
      t.match(container.securityContext, { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false })
      t.same(container.securityContext.capabilities, { drop: ['ALL'] })
      t.match(spec, { automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } })
      t.ok(container.resources.limits.memory)
      t.match(container.image, /^sluice@sha256:/)
    }
  })

  await t.test('a rolling update loses no call: surge, readiness, grace', async (t) => {
    const { spec } = find(least, 'Deployment my-sluice-gateway')
    t.same(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 })
    t.equal(spec.replicas, undefined, 'the autoscaler decides')
    t.equal(find(most, 'Deployment my-sluice-gateway').spec.replicas, 2)
    const [container] = spec.template.spec.containers
    t.equal(container.readinessProbe.httpGet.path, '/readyz')
    t.equal(container.livenessProbe.httpGet.path, '/healthz')
    t.ok(spec.template.spec.terminationGracePeriodSeconds >= 35)
  })

  await t.test('the database is migrated before the new pods start, by nobody else', async (t) => {
    const job = find(least, 'Job my-sluice-migrate')
    t.equal(job.metadata.annotations['helm.sh/hook'], 'pre-install,pre-upgrade')
    t.equal(job.spec.template.spec.serviceAccountName, 'default', 'hooks run before the account is made')
    for (const role of ['gateway', 'worker']) {
      const { env } = find(least, `Deployment my-sluice-${role}`).spec.template.spec.containers[0]
      t.ok(env.some((each: any) => each.name === 'MIGRATE' && each.value === 'wait'))
      t.ok(env.some((each: any) => each.name === 'ROLE' && each.value === role))
    }
  })

  await t.test('selectors find their pods, and the network policy all of them', async (t) => {
    const labels = (name: string) => find(least, name).spec.template.metadata.labels
    const fits = (selector: Record<string, string>, name: string): boolean =>
      Object.entries(selector).every(([key, value]) => labels(name)[key] === value)
    t.ok(fits(find(least, 'Service my-sluice').spec.selector, 'Deployment my-sluice-gateway'))
    t.notOk(fits(find(least, 'Service my-sluice').spec.selector, 'Deployment my-sluice-worker'), 'calls go to gateways')
    const policy = find(most, 'NetworkPolicy my-sluice').spec
    for (const name of ['Deployment my-sluice-gateway', 'Deployment my-sluice-worker', 'Job my-sluice-migrate'])
      t.ok(fits(policy.podSelector.matchLabels, name), name)
    const internet = policy.egress
      .flatMap(({ to = [] }: any) => to)
      .find(({ ipBlock }: any) => ipBlock?.cidr === '0.0.0.0/0')
    for (const range of ['10.0.0.0/8', '169.254.0.0/16', '192.168.0.0/16'])
      t.ok(internet.ipBlock.except.includes(range))
    const monitor = find(most, 'ServiceMonitor my-sluice')
    const service = find(most, 'Service my-sluice-metrics')
    for (const [key, value] of Object.entries(monitor.spec.selector.matchLabels))
      t.equal(service.metadata.labels[key], value)
    t.match(monitor.spec.endpoints, [
      { authorization: { type: 'Bearer', credentials: { name: 'sluice', key: 'metrics_token' } } }
    ])
    t.equal(service.metadata.labels[monitor.spec.jobLabel], 'sluice', 'the job that the alerts name')
  })
})

t.test('the versions are those of the package', async (t) => {
  const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const chart = parse(await readFile(path.join(CHART, 'Chart.yaml'), 'utf8')) as { appVersion: string }
  t.equal(chart.appVersion, version)
})

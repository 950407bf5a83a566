import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { startGatewayProcess } from './fixtures/gateway-process.ts'
import { until } from './fixtures/until.ts'

// PROCESSES=2 as an operator starts it, with the embedded database: what callers see is one gateway.

/** Another process takes the place of one that died. */
const REPLACE_MS = 240_000
const WAIT_MS = 60_000
const CALLS = 24

interface Line {
  pid: number
  msg: string
  route?: string
}

const noProc = process.platform !== 'linux' && 'processes are counted in /proc'

t.test('two processes on one port are one gateway', { skip: noProc }, async (t) => {
  const gateway = await startGatewayProcess(t, { PROCESSES: '2', DATA_DIR: t.testdir() })
  const base = gateway.url

  /** The lines of the log so far. Every line has to be one: those of two processes must not mix. */
  const lines = (): Line[] =>
    gateway
      .stdout()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line)
  const pidsOfCalls = (from = 0): Set<number> =>
    new Set(
      lines()
        .slice(from)
        .flatMap(({ pid, msg, route }) => (msg === 'call' && route === '/v1/about' ? [pid] : []))
    )
  /** A connection of its own for each call, so that both processes get some. */
  const call = (route: string, init: RequestInit = {}): Promise<Response> =>
    fetch(base + route, {
      ...init,
      headers: { Connection: 'close', ...init.headers },
      signal: AbortSignal.timeout(WAIT_MS)
    })
  const several = (route: string, init?: RequestInit): Promise<number[]> =>
    Promise.all(Array.from({ length: CALLS }, async () => (await call(route, init)).status))
  const password = /Admin, shown this once: {2}\S+ {2}(\S+)/.exec(gateway.stdout())?.[1] ?? ''
  const admin = { Authorization: `Basic ${Buffer.from(`admin@sluice.local:${password}`).toString('base64')}` }
  const json = { ...admin, 'Content-Type': 'application/json' }

  await t.test('both answer, and their lines are whole', async (t) => {
    t.same(new Set(await several('/v1/about')), new Set([200]))
    await until(async () => pidsOfCalls().size === 2, WAIT_MS, 'lines of both')
    t.notOk(pidsOfCalls().has(gateway.child.pid ?? 0), 'the first process answers none')
  })

  await t.test('GET /metrics: the counts of all processes', async (t) => {
    const page = await (await call('/metrics')).text()
    t.match(page, `sluice_http_requests_total{route="/v1/about",method="GET",status="200"} ${CALLS}\n`)
    t.match(page, 'sluice_notifications_connected 1\n')
    for (const name of ['primary', '1', '2'])
      t.match(page, new RegExp(`^sluice_process_resident_memory_bytes\\{process="${name}"\\} \\d+$`, 'm'), name)
    t.match(page, /^sluice_durable_runs\{state="queued"\} 0$/m)
  })

  await t.test('the code that the first process printed signs in at any of them, once', async (t) => {
    const code = /\/console\/welcome#(\S+)/.exec(gateway.stdout())?.[1]
    const body = JSON.stringify({ code })
    const tries = await several('/v1/sessions/once', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: base },
      body
    })
    t.equal(tries.filter((status) => status === 201).length, 1, String(tries))
  })

  await t.test('a token works and ends on both', async (t) => {
    const made = await call('/v1/tokens', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name: 'both', days: 1, password })
    })
    const { id, token } = (await made.json()) as { id: string; token: string }
    const bearer = { headers: { Authorization: `Bearer ${token}` } }
    t.same(new Set(await several('/v1/self', bearer)), new Set([200]))
    t.equal((await call(`/v1/tokens/${id}`, { method: 'DELETE', headers: admin })).status, 204)
    await until(
      async () => (await several('/v1/self', bearer)).every((status) => status === 401),
      WAIT_MS,
      'refused everywhere'
    )
  })

  await t.test('one that dies is replaced, and calls are answered meanwhile', async (t) => {
    const [killed] = pidsOfCalls()
    process.kill(killed ?? 0, 'SIGKILL')
    const before = lines().length
    await until(
      async () => {
        // The first ones may reach the connection of the one that is dying.
        await Promise.allSettled([several('/v1/about')])
        return pidsOfCalls(before).size === 2
      },
      REPLACE_MS,
      'two processes answer'
    )
    t.notOk(pidsOfCalls(before).has(killed ?? 0))
    t.ok(lines().some(({ msg }) => msg === 'a process ended: another one is started'))
  })

  await t.test('SIGTERM: all stop in order, with exit code 0', async (t) => {
    const children = childrenOf(gateway.child.pid ?? 0)
    t.same(await gateway.stop(), [0, null])
    t.equal(gateway.stderr(), '')
    for (const pid of children) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })
})

/** The processes that `parent` started and that run. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(ppid) === parent ? [Number(entry)] : []
    } catch {
      return []
    }
  })
}

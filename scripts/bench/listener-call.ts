import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../src/lib/free-port.ts'
import { cpuSeconds, median, start } from './processes.ts'
import type { Window, WindowResult } from './load.ts'

// npm run bench: what a listener call costs, beside a bare Fastify route in the same run.
// Each round drives every target for one window. Ratios are medians over the rounds, of pairs measured back to back.

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7)
const WINDOW_SECONDS = 1
/** Long enough for the compiler to have done its work on every target. */
const WARM_SECONDS = 6
const CONNECTIONS = 32
const EMAIL = 'bench@sluice.local'
const PASSWORD = 'pass phrase of the benchmark'

interface Target {
  name: string
  pid: number
  url: string
  headers: Record<string, string>
  /** The row it is compared with beside the first. */
  beside?: string
}

interface Sample {
  cpuMicros: number
  perSecond: number
  p50: number
  p99: number
  bad: number
}

const children: ChildProcess[] = []
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-bench-'))
try {
  const targets = await startTargets()
  const load = await keep(start(script('load.ts'), []))
  for (const target of targets) await measure(load, target, WARM_SECONDS)
  const samples = new Map<string, Sample[]>(targets.map(({ name }) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) samples.get(target.name)?.push(await measure(load, target, WINDOW_SECONDS))
  }
  print(targets, samples)
} finally {
  for (const child of children.toReversed()) {
    if (child.exitCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
}

async function startTargets(): Promise<Target[]> {
  const [upstreamPort, referencePort, port] = [await freePort(), await freePort(), await freePort()]
  await keep(start(script('upstream.ts'), [String(upstreamPort)]))
  const reference = await keep(
    start(script('reference.ts'), [String(referencePort), `http://127.0.0.1:${upstreamPort}`])
  )
  const gateway = await keep(
    start(new URL('../../src/main.ts', import.meta.url).pathname, [], {
      NODE_ENV: 'production',
      PORT: String(port),
      DATA_DIR: folder,
      ADMIN_EMAIL: EMAIL,
      ADMIN_PASSWORD: PASSWORD,
      EGRESS_ALLOW: `127.0.0.1:${upstreamPort}`
    })
  )
  const url = `http://127.0.0.1:${port}`
  const basic = `Basic ${Buffer.from(`${EMAIL}:${PASSWORD}`).toString('base64')}`

  async function post<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { Authorization: basic, 'Content-Type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const { id: workspaceId } = await post<{ id: string }>('/v1/workspaces', { name: 'bench' })
  async function listenerUrl(name: string, tasks: unknown[]): Promise<string> {
    const flow = await post<{ id: string }>(`/v1/workspaces/${workspaceId}/flows`, {
      document: { dsl: '1.0.3', namespace: 'bench', name, version: '1.0.0' },
      do: tasks
    })
    return (await post<{ url: string }>(`/v1/workspaces/${workspaceId}/listeners`, { name, flowId: flow.id })).url
  }
  const oneSet = await listenerUrl('one-set', [{ answer: { set: { ok: true, id: 'abc123', status: 'done' } } }])
  const oneCall = await listenerUrl('one-call', [
    {
      ask: {
        call: 'http',
        with: { method: 'get', endpoint: `http://127.0.0.1:${upstreamPort}/data` },
        output: { as: '${ { id: .id, total: .total } }' }
      }
    }
  ])
  const opaque = (await post<{ token: string }>('/v1/tokens', { name: 'opaque', days: 0, password: PASSWORD })).token
  const jwt = (
    await post<{ token: string }>('/v1/tokens', { name: 'jwt', days: 30, format: 'jwt', password: PASSWORD })
  ).token

  const ours = { pid: pidOf(gateway) }
  const theirs = { pid: pidOf(reference), headers: {} }
  return [
    { ...theirs, name: '(a) bare Fastify, the same JSON', url: `http://127.0.0.1:${referencePort}/plain` },
    {
      ...ours,
      name: '(b) listener, opaque token, one set',
      url: oneSet,
      headers: { Authorization: `Bearer ${opaque}` }
    },
    { ...ours, name: '(c) listener, JWT, one set', url: oneSet, headers: { Authorization: `Bearer ${jwt}` } },
    { ...ours, name: '(d) listener, Basic, one set', url: oneSet, headers: { Authorization: basic } },
    {
      ...ours,
      name: '(e) listener, opaque token, one upstream call',
      url: oneCall,
      headers: { Authorization: `Bearer ${opaque}` },
      beside: '(f) bare Fastify, the same upstream call by undici'
    },
    {
      ...theirs,
      name: '(f) bare Fastify, the same upstream call by undici',
      url: `http://127.0.0.1:${referencePort}/upstream`
    }
  ]
}

async function measure(load: ChildProcess, target: Target, seconds: number): Promise<Sample> {
  const before = cpuSeconds(target.pid)
  const answered = once(load, 'message') as Promise<[WindowResult]>
  load.send({ url: target.url, headers: target.headers, connections: CONNECTIONS, seconds } satisfies Window)
  const [result] = await answered
  return {
    cpuMicros: ((cpuSeconds(target.pid) - before) / result.requests) * 1e6,
    perSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    bad: result.bad
  }
}

function print(targets: readonly Target[], samples: ReadonlyMap<string, readonly Sample[]>): void {
  const of = (name: string): readonly Sample[] => samples.get(name) ?? []
  const first = targets[0]?.name ?? ''
  const ratio = (name: string, beside: string): string =>
    `${median(of(name).map((sample, round) => sample.cpuMicros / (of(beside)[round]?.cpuMicros ?? NaN))).toFixed(2)} ×`
  const value = (name: string, key: keyof Sample, digits = 0): string =>
    median(of(name).map((sample) => sample[key])).toFixed(digits)

  console.log(
    `\n${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ` +
      `${process.version}; ${ROUNDS} rounds of ${WINDOW_SECONDS} s in turn, ${CONNECTIONS} connections\n`
  )
  console.log(
    '| | CPU per request | beside (a) | beside (f) | requests/s | p50 | p99 | not 2xx |\n' +
      '| --- | --- | --- | --- | --- | --- | --- | --- |'
  )
  for (const { name, beside } of targets) {
    const bad = of(name).reduce((sum, sample) => sum + sample.bad, 0)
    console.log(
      `| ${name} | ${value(name, 'cpuMicros')} µs | ${ratio(name, first)} | ${beside ? ratio(name, beside) : ''} ` +
        `| ${value(name, 'perSecond')} | ${value(name, 'p50', 1)} ms | ${value(name, 'p99', 1)} ms | ${bad} |`
    )
  }
}

async function keep(starting: Promise<ChildProcess>): Promise<ChildProcess> {
  const child = await starting
  children.push(child)
  return child
}

function script(name: string): string {
  return new URL(`./${name}`, import.meta.url).pathname
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a process did not start')
  return child.pid
}

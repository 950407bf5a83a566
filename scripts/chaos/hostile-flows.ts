import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../src/lib/free-port.ts'
import type { PacedResult, PacedWindow } from '../bench/calls/drive-paced.ts'
import { start } from '../bench/processes.ts'
import { type Gateway, withGateways } from './gateways/gateways.ts'
import type { Memory } from './hostile/gateway.ts'
import { flowName, type HostileCase, hostileCases, NAMESPACE } from './hostile/cases.ts'

// npm run hostile [-- word]: runs hostile flows and documents on a real gateway that serves other callers meanwhile.
// For each it prints the error that ended it, how long that took, the latency of the other calls without it and with
// two of it running, and the memory before and after.
// Exits 1 if one does not end as expected, or if another caller's call fails.

const CALM_SECONDS = 1.5
const HOSTILE_SECONDS = 3
const RATE = 200
const ATTACKERS = 2
/** The calls of others: an expression of each path, so that they notice every delay of the main thread or the pool. */
const OTHERS = [
  { quick: { set: { method: '${ .method }' } } },
  { pooled: { set: { letters: '${ [.method | scan("[A-Z]")] | length }' } } }
]
/** The timeout of the listeners. */
const RUN_SECONDS = 5
const RECORD_DEADLINE_MS = 5_000

/** Makes one attack. Resolves to the id of the failed run if it started one, otherwise to the answer. */
type Attack = () => Promise<{ runId: string } | { words: string }>

const only = process.argv[2]
const upstreamPort = await freePort()
const upstream = await start(new URL('./hostile/upstream.ts', import.meta.url).pathname, [String(upstreamPort)])
const callers = fork(new URL('../bench/calls/paced.ts', import.meta.url).pathname, {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc']
})
await once(callers, 'message')
let wrong = 0
try {
  await withGateways(
    1,
    async ({ gateways, session, workspaceId, makeTokens }) => {
      const gateway = gateways[0] as Gateway
      const { url } = gateway
      const [token] = await makeTokens(1)
      const manage = { Authorization: `Bearer ${session}` }
      const asCaller = { Authorization: `Bearer ${token?.token}` }

      async function post<T>(path: string, body: unknown): Promise<T> {
        const response = await fetch(url + path, {
          method: 'POST',
          headers: { ...manage, 'Content-Type': 'application/json' },
          body: JSON.stringify(body)
        })
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
        return (await response.json()) as T
      }

      async function listenerFor(name: string, flow: object): Promise<string> {
        const document = { document: { dsl: '1.0.3', namespace: NAMESPACE, name, version: '1.0.0' }, ...flow }
        const { id: flowId } = await post<{ id: string }>(`/v1/workspaces/${workspaceId}/flows`, document)
        return (
          await post<{ url: string }>(`/v1/workspaces/${workspaceId}/listeners`, {
            name,
            flowId,
            timeoutSeconds: RUN_SECONDS
          })
        ).url
      }

      const othersUrl = await listenerFor('others', { do: OTHERS })
      const others = async (seconds: number): Promise<PacedResult> => {
        const answered = once(callers, 'message') as Promise<[PacedResult]>
        callers.send({
          url: othersUrl,
          headers: asCaller,
          perSecond: RATE,
          seconds
        } satisfies PacedWindow)
        return (await answered)[0]
      }

      async function prepare(hostile: HostileCase): Promise<Attack> {
        if ('document' in hostile) {
          return async () => {
            const response = await fetch(`${url}/v1/workspaces/${workspaceId}/flows`, {
              method: 'POST',
              headers: { ...manage, 'Content-Type': hostile.type },
              body: hostile.document
            })
            return { words: await response.text() }
          }
        }
        const listener = await listenerFor(flowName(hostile), {
          ...(hostile.use ? { use: hostile.use } : {}),
          do: hostile.tasks
        })
        return async () => {
          const response = await fetch(listener, {
            method: 'POST',
            headers: { ...asCaller, 'Content-Type': 'application/json' },
            body: hostile.input ?? '{}'
          })
          const words = await response.text()
          return response.ok ? { words } : { runId: response.headers.get('sluice-run-id') ?? '' }
        }
      }

      /** Records are written after the answer. */
      async function errorOf(runId: string): Promise<string> {
        const deadline = performance.now() + RECORD_DEADLINE_MS
        for (;;) {
          const response = await fetch(`${url}/v1/runs/${runId}`, { headers: manage })
          if (response.ok) {
            const { error } = (await response.json()) as { error?: { title?: string; detail?: string } }
            return `${error?.title}: ${error?.detail}`
          }
          if (performance.now() > deadline) return `the run ${runId} was not recorded`
          await pause(50)
        }
      }

      async function memory(): Promise<Memory> {
        const answered = once(gateway.process, 'message') as Promise<[Memory]>
        gateway.process.send('memory')
        return (await answered)[0]
      }

      const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0)
      console.log(
        `\n${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ` +
          `${process.version}; ${RATE} calls/s; ${ATTACKERS} of each at all times ` +
          `for ${HOSTILE_SECONDS} s\n`
      )
      console.log(
        "| what | ends in | after | others' p99 without | with | worst with | RSS before, after " +
          '| heap before, after |\n| --- | --- | --- | --- | --- | --- | --- | --- |'
      )
      await others(CALM_SECONDS)
      for (const hostile of hostileCases(`http://127.0.0.1:${upstreamPort}`)) {
        if (only !== undefined && !hostile.name.includes(only)) continue
        const attack = await prepare(hostile)
        const startedAt = performance.now()
        const ended = await attack()
        const ms = performance.now() - startedAt
        const words = 'words' in ended ? ended.words : await errorOf(ended.runId)
        const found = hostile.named.exec(words)
        const calm = await others(CALM_SECONDS)
        const before = await memory()
        let attacking = true
        const attackers = Array.from({ length: ATTACKERS }, async () => {
          while (attacking) await attack()
        })
        const during = await others(HOSTILE_SECONDS)
        attacking = false
        await Promise.all(attackers)
        const after = await memory()
        const ok = found !== null && calm.bad + during.bad === 0
        if (!ok) wrong++
        console.log(
          `| ${hostile.name} | ` +
            `${found === null ? `WRONG: ${words.slice(0, 300)}` : `\`${found[0].slice(0, 60)}\``} | ` +
            `${ms.toFixed(0)} ms | ${calm.p99.toFixed(1)} ms | ${during.p99.toFixed(1)} ms | ` +
            `${during.max.toFixed(1)} ms | ${mb(before.rss)}, ${mb(after.rss)} MB | ` +
            `${mb(before.heapUsed)}, ${mb(after.heapUsed)} MB |${during.bad > 0 ? ` ${during.bad} calls failed` : ''}`
        )
      }
    },
    { EGRESS_ALLOW: `127.0.0.1:${upstreamPort}` },
    new URL('./hostile/gateway.ts', import.meta.url).pathname
  )
} finally {
  for (const child of [callers, upstream] satisfies ChildProcess[]) child.kill()
}
process.exitCode = wrong === 0 ? 0 : 1

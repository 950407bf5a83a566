import { type MeasuredWindow, startLoadAndHealth } from './gateways/beside-health.ts'
import { type Measured, PASSWORD, summary, withGateways } from './gateways/gateways.ts'
import type { PacedResult, PacedWindow } from '../bench/calls/drive-paced.ts'
import { poolAttacks, schemaAttacks } from './hostile/tenant-attacks.ts'

// npm run hostile:schemas, hostile:pool [-- PART]: one account sends simulations that are made to take for ever, a
// number of them at once, while another account's listener is called 100 times a second. Prints the latency of those
// calls and of GET /healthz without and with it, and what the attacker was answered. With PART, only the attacks whose
// names hold it. Exits 1 if a call of the others failed.

const SECONDS = 4
const RATE = 100
/** The calls of the others: an expression of the fast path, and one of the pool. */
const OTHERS = [
  { quick: { set: { method: '${ .method }' } } },
  { pooled: { set: { letters: '${ [.method | gsub("E"; "e")] | length }' } } }
]

const mode = process.argv[2] === 'pool' ? 'pool' : 'schemas'
using load = await startLoadAndHealth<PacedWindow, PacedResult>(new URL('../bench/calls/paced.ts', import.meta.url))
let failed = 0
await withGateways(1, measure, { SIGNUP: 'open' })
console.log(failed === 0 ? 'ok: no call of the others failed' : `FAILED: ${failed} calls of the others failed`)
process.exitCode = failed === 0 ? 0 : 1

async function measure({ gateways: [gateway], session, workspaceId, makeTokens }: Measured): Promise<void> {
  const url = gateway?.url ?? ''
  const [token] = await makeTokens(1)

  async function post(path: string, body: unknown, as?: string): Promise<{ status: number; json: Json }> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(as === undefined ? {} : { Authorization: `Bearer ${as}` }) },
      body: JSON.stringify(body)
    })
    return { status: response.status, json: (await response.json()) as Json }
  }

  const flow = await post(
    `/v1/workspaces/${workspaceId}/flows`,
    { document: { dsl: '1.0.3', namespace: 'measure', name: 'others', version: '1.0.0' }, do: OTHERS },
    session
  )
  const listener = await post(
    `/v1/workspaces/${workspaceId}/listeners`,
    { name: 'others', flowId: flow.json.id, timeoutSeconds: 30 },
    session
  )
  const account = { email: 'attacker@sluice.local', password: PASSWORD }
  await post('/v1/accounts', { ...account, name: 'Attacker' })
  const attacker = (await post('/v1/sessions', account)).json.token ?? ''

  /** Calls of the others, and GET /healthz, for some seconds. */
  const others = (): Promise<MeasuredWindow<PacedResult>> =>
    load.window(url, {
      url: listener.json.url ?? '',
      headers: { Authorization: `Bearer ${token?.token}` },
      perSecond: RATE,
      seconds: SECONDS
    })

  const all = mode === 'pool' ? poolAttacks() : schemaAttacks()
  const attacks = all.filter(({ name }) => name.includes(process.argv[3] ?? ''))
  await others()
  for (const { name, atOnce, body } of attacks) {
    const calm = await others()
    const statuses = new Map<string, number>()
    let attacking = true
    const attackers = Array.from({ length: atOnce }, async (_, number) => {
      for (let round = 0; attacking; round++) {
        const { status, json } = await post('/v1/flows/simulate', body(number, round), attacker)
        const key = `${status} ${json.status === 'failed' || json.status === 'succeeded' ? json.status : json.code}`
        statuses.set(key, (statuses.get(key) ?? 0) + 1)
      }
    })
    const during = await others()
    attacking = false
    await Promise.all(attackers)
    failed += calm.calls.bad + during.calls.bad
    console.log(`${name}, ${atOnce} at once: ${[...statuses].map(([key, count]) => `${count} × ${key}`).join(', ')}`)
    console.log(`  without: ${report(calm)}\n  with:    ${report(during)}`)
  }
}

type Json = { id?: string; url?: string; token?: string; status?: unknown; code?: string }

function report({ calls, healthMs }: MeasuredWindow<PacedResult>): string {
  const { requests, p99, bad } = calls
  return `${requests} calls p99 ${p99.toFixed(1)} ms, failed ${bad}; GET /healthz ${summary(healthMs)}`
}

import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../src/lib/free-port.ts'
import { start } from './processes.ts'

// npm run bench -- body: sends a file of 5 MB through a listener to an upstream and back, and prints how much memory a
// call takes in the gateway. Ends with 1 if a file came back changed, or a call took more than the limit. Needs Linux.

const BODY_BYTES = 5_000_000
const CALLS = 16
const AT_ONCE = [1, 4, 8]
/**
 * The limit above the memory before the first such call, for any number of calls. A body is base64 in its flow, in both
 * directions, and the memory of ended calls counts until it is collected.
 */
const LIMIT_MIB = 600
const MIB = 1024 * 1024
const EMAIL = 'bench@sluice.local'
const PASSWORD = 'pass phrase of the benchmark'

/** Answers with the bytes that it received. */
const upstream = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
  request.pipe(response)
})
await new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening))
const upstreamPort = (upstream.address() as AddressInfo).port
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-body-'))
let gateway: ChildProcess | undefined
try {
  const port = await freePort()
  gateway = await start(new URL('../../src/main.ts', import.meta.url).pathname, [], {
    NODE_ENV: 'production',
    PORT: String(port),
    DATA_DIR: folder,
    ADMIN_EMAIL: EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    EGRESS_ALLOW: `127.0.0.1:${upstreamPort}`,
    LOG_LEVEL: 'warn'
  })
  const call = await listenerOf(`http://127.0.0.1:${port}`)
  const pid = gateway.pid as number
  const idle = memoryOf(pid, 'VmRSS')
  let fits = true
  for (const atOnce of AT_ONCE) {
    forgetPeak(pid)
    let [left, changed] = [CALLS, 0]
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left-- > 0) if (!(await call())) changed++
      })
    )
    const more = memoryOf(pid, 'VmHWM') - idle
    fits &&= changed === 0 && more <= LIMIT_MIB
    console.log(
      `${CALLS} calls with ${BODY_BYTES / 1e6} MB, ${atOnce} at once: at most ${more.toFixed(0)} MiB over the ` +
        `${idle.toFixed(0)} MiB before, ${(more / atOnce).toFixed(0)} MiB a call; ${changed} came back changed`
    )
  }
  process.exitCode = fits ? 0 : 1
} finally {
  if (gateway && gateway.exitCode === null) {
    gateway.kill('SIGTERM')
    await once(gateway, 'exit')
  }
  upstream.closeAllConnections()
  upstream.close()
  await rm(folder, { recursive: true, force: true })
}

/**
 * Creates a listener that passes a file on. @returns a call with a new file, which resolves to whether the file came
 * back unchanged
 */
async function listenerOf(url: string): Promise<() => Promise<boolean>> {
  const basic = `Basic ${Buffer.from(`${EMAIL}:${PASSWORD}`).toString('base64')}`
  async function post<T>(place: string, body: unknown): Promise<T> {
    const response = await fetch(url + place, {
      method: 'POST',
      headers: { Authorization: basic, 'Content-Type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (!response.ok) throw new Error(`${place}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const { id: workspaceId } = await post<{ id: string }>('/v1/workspaces', { name: 'bench' })
  const flow = await post<{ id: string }>(`/v1/workspaces/${workspaceId}/flows`, {
    document: { dsl: '1.0.3', namespace: 'bench', name: 'pass-on', version: '1.0.0' },
    do: [
      {
        passOn: {
          call: 'http',
          metadata: { body: 'base64' },
          with: {
            method: 'post',
            endpoint: `http://127.0.0.1:${upstreamPort}/`,
            headers: { 'content-type': 'application/octet-stream' },
            body: '${ .body }',
            output: 'raw'
          },
          output: {
            as: {
              status: 200,
              headers: { 'content-type': 'application/octet-stream' },
              body: '${ . }',
              encoding: 'base64'
            }
          }
        }
      }
    ]
  })
  const listener = await post<{ url: string }>(`/v1/workspaces/${workspaceId}/listeners`, {
    name: 'pass-on',
    flowId: flow.id,
    respond: 'http'
  })
  const { token } = await post<{ token: string }>('/v1/tokens', { name: 'body', days: 1, password: PASSWORD })
  return async () => {
    const file = randomBytes(BODY_BYTES)
    const response = await fetch(listener.url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(file)
    })
    const back = Buffer.from(await response.arrayBuffer())
    return response.status === 200 && sha256(back) === sha256(file)
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** In MiB: the memory of a process now (`VmRSS`), or the most since {@link forgetPeak} (`VmHWM`). */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kib) * 1024) / MIB
}

function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

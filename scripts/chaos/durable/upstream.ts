import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Received {
  run: string
  step: string
  key: string
  at: number
}

export interface ChaosUpstream {
  url: string
  received: Received[]
  close(): void
}

/**
 * Records the run id, the step and the Idempotency-Key of every request, and answers after a random latency.
 * `/flaky` fails twice for each run.
 */
export async function startChaosUpstream(latencyMs: readonly [number, number]): Promise<ChaosUpstream> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { run, step } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { run: string; step: string }
      const key = String(request.headers['idempotency-key'])
      received.push({ run, step, key, at: Date.now() })
      const failing =
        request.url === '/flaky' &&
        new Set(received.filter((other) => other.run === run && other.step === step).map((other) => other.key)).size <=
          2
      const [least, most] = latencyMs
      void sleep(least + Math.random() * (most - least)).then(() => {
        response.writeHead(failing ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ step }))
      })
    })
    request.on('error', () => {})
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

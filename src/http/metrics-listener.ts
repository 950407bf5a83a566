import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Secret } from '../lib/secret.ts'
import { createMetricsTokenCheck } from './metrics-token.ts'
import type { Metrics } from './metrics.ts'

export interface MetricsListener {
  close(): Promise<void>
}

/** Idle connections of scrapes must not delay the stop. */
const TIMEOUT_MS = 10_000

/**
 * Serves `/metrics` on a separate port, for a network that only the operator can reach.
 * @throws the error of listening, such as `EADDRINUSE`
 */
export async function openMetricsListener({
  host,
  port,
  token,
  metrics
}: {
  host: string
  port: number
  /** The bearer token that a scrape must send. Undefined: none. */
  token: Secret | undefined
  metrics: Pick<Metrics, 'scrape' | 'registry'>
}): Promise<MetricsListener> {
  const isAllowed = token ? createMetricsTokenCheck(token) : () => true

  async function answer({ method, url, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (new URL(url ?? '/', 'http://metrics').pathname !== '/metrics') response.writeHead(404).end()
    else if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { Allow: 'GET, HEAD' }).end()
    else if (!isAllowed(headers.authorization)) response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end()
    else {
      const text = await metrics.scrape()
      response.writeHead(200, { 'Content-Type': metrics.registry.contentType, 'Cache-Control': 'no-store' }).end(text)
    }
  }

  const server = createServer({ requestTimeout: TIMEOUT_MS }, (request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end())
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    async close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

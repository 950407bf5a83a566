import { once } from 'node:events'
import { createServer, type ServerHttp2Session } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EndpointOptions } from '@restatedev/restate-sdk'
import type { Sdk } from './front.ts'
import { RETRY_MAX_MS, RETRY_MIN_MS, REVISION } from './settings.ts'

/** Several processes of one machine may share the port: the kernel spreads the connections of Restate over them. */
const SHARED_PORT = process.platform === 'linux' ? { reusePort: true } : {}

export interface EndpointDeps {
  sdk: Sdk
  services: EndpointOptions['services']
  host: string
  port: number
  /** Without a final slash. Restate reaches this process, or one like it, there. */
  url: string
  /** Default: that of this release. */
  revision?: number | undefined
  /** Public keys of Restate: whatever is not signed by it is refused. */
  identityKeys: readonly string[]
  log: { warn(details: object, message: string): void; error(details: object, message: string): void }
  register(uri: string): Promise<void>
}

export interface Endpoint {
  /** Whether Restate knows this endpoint. */
  isRegistered(): boolean
  close(): Promise<void>
}

/**
 * Listens for Restate, and tells it where. The path names the revision: a process of another revision refuses what it
 * cannot go on with, so that runs end where they began.
 */
export async function openEndpoint(deps: EndpointDeps): Promise<Endpoint> {
  const prefix = `/r${deps.revision ?? REVISION}/`
  const handle = deps.sdk.createEndpointHandler({
    services: deps.services,
    ...(deps.identityKeys.length === 0 ? {} : { identityKeys: [...deps.identityKeys] }),
    logger: ({ level: name, source }, message, ...rest) => {
      const level: string = name
      const text = [message, ...rest].map(textOf).join(' ')
      if (level === 'error') deps.log.error({ source }, text)
      else if (level === 'warn' && !text.includes('without validating request signatures'))
        deps.log.warn({ source }, text)
    }
  })
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer((request, response) => {
    if (request.url.startsWith(prefix)) return handle(request, response)
    response.writeHead(503, { 'content-type': 'text/plain' })
    response.end(`This process serves ${prefix} only.\n`)
  })
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  server.listen({ host: deps.host, port: deps.port, ...SHARED_PORT })
  await once(server, 'listening')

  const closing = new AbortController()
  let registered = false

  async function register(): Promise<void> {
    for (let waitMs = RETRY_MIN_MS; !closing.signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        await deps.register(deps.url + prefix.slice(0, -1))
        registered = true
        return
      } catch (error) {
        if (waitMs === RETRY_MAX_MS) deps.log.warn({ err: error }, 'Restate does not know this process yet')
      }
      await sleep(waitMs, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }
  const registering = register()

  return {
    isRegistered: () => registered,
    async close() {
      closing.abort()
      await registering
      // What is under way is made again elsewhere: an attempt that waits would hold the stop up.
      for (const session of sessions) session.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

function textOf(part: unknown): string {
  return part instanceof Error ? (part.stack ?? part.message) : String(part)
}

import { once } from 'node:events'
import { createServer, type ServerHttp2Session } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EndpointOptions } from '@restatedev/restate-sdk'
import type { Sdk } from './front.ts'
import { RETRY_MAX_MS, RETRY_MIN_MS, REVISION } from './settings.ts'

/** Several processes of one machine may share the port: the kernel distributes the connections of Restate. */
const SHARED_PORT = process.platform === 'linux' ? { reusePort: true } : {}

export interface EndpointDeps {
  sdk: Sdk
  services: EndpointOptions['services']
  host: string
  port: number
  /** The URL at which Restate reaches this process or an equal one. Without a trailing slash. */
  url: string
  /** Default: that of this release. */
  revision?: number | undefined
  /** Public keys of Restate: requests that it has not signed are refused. */
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
 * Listens for Restate, and registers the URL. The path contains the revision: a process of another revision refuses the
 * runs that it cannot continue, so that runs end under the revision that they began with.
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
        if (waitMs === RETRY_MAX_MS)
          deps.log.warn({ err: error }, 'this process could not be registered with Restate yet')
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
      // Attempts in progress are made again elsewhere. One that waits would delay the stop.
      for (const session of sessions) session.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

function textOf(part: unknown): string {
  return part instanceof Error ? (part.stack ?? part.message) : String(part)
}

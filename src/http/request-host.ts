import type { FastifyRequest } from 'fastify'
import { Fault } from '../lib/fault.ts'
import { isLoopbackHost } from '../lib/ip-address.ts'

export interface HostRules {
  /** The address that the server listens on. */
  host: string
  publicUrl: string
  trustProxy: readonly string[]
}

/** `uri-host [ ":" port ]` (RFC 9110, section 7.2). */
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/@?#[\]\\]+)(?::\d*)?$/
/** The most accepted names that are remembered, so that they are not parsed again. Callers use few names. */
const ACCEPTED_MAX = 16
/** Routes of probes. Supervisors call them with any name or address. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/**
 * Returns the check of a request's `Host`. A gateway that only this machine can call accepts no foreign name: otherwise
 * a page whose name resolves to this machine (DNS rebinding) would have the same origin for the browser.
 */
export function createHostCheck({ host, publicUrl, trustProxy }: HostRules): (request: FastifyRequest) => void {
  const ownName = new URL(publicUrl).hostname
  const isLocal = isLoopbackHost(host) && trustProxy.length === 0
  const accepted = new Set<string>()

  /** @throws Fault `invalid_request` for a foreign name */
  return (request) => {
    if (!isLocal || PROBES.has(request.routeOptions.url ?? '')) return
    const { host: sent } = request.raw.headers
    // HTTP/1.0 does not require a Host, and browsers always send it.
    if (sent === undefined || accepted.has(sent)) return
    const name = nameOf(sent)
    if (name === undefined || (name !== ownName && !isLoopbackName(name)))
      throw new Fault('invalid_request', {
        why: 'foreign_host',
        detail: `This gateway is called at ${publicUrl}. If callers use another name, set PUBLIC_URL to it.`
      })
    if (accepted.size >= ACCEPTED_MAX) accepted.clear()
    accepted.add(sent)
  }
}

/** The name in the form of URLs; undefined for text that is not a host. */
function nameOf(sent: string): string | undefined {
  const [, name] = HOST.exec(sent) ?? []
  return name === undefined ? undefined : URL.parse(`http://${name}`)?.hostname
}

/** `localhost` and all names below it are this machine (RFC 6761, section 6.3). */
function isLoopbackName(name: string): boolean {
  const plain = name.replace(/\.$/, '')
  return isLoopbackHost(plain) || plain.endsWith('.localhost')
}

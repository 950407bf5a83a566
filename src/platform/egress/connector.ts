import type { LookupAddress, LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import { buildConnector } from 'undici'
import type { EgressAllow } from './allow-list.ts'
import { EgressError } from './error.ts'
import { bareHostname, mayReach, portOf, refused } from './target.ts'

/** `dns.lookup` with `all: true`; tests pass their own. */
export type EgressLookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void
) => void

export interface ConnectorOptions {
  allow: EgressAllow
  lookup: EgressLookup
  connectTimeoutMs: number
  /** PEM certificates to trust in addition to the usual roots. */
  ca?: string
}

/**
 * The second and third check of the guard, for one origin. The host is resolved once, one disallowed address rejects
 * the whole answer, and the socket tries only these addresses, so an attacker's name server cannot give another answer
 * later. Then the socket's actual address is checked again, before a byte is sent.
 */
export function guardedConnector(origin: URL, options: ConnectorOptions): buildConnector.connector {
  const { allow } = options
  const hostname = bareHostname(origin.hostname)
  const hostAllowed = allow.host(origin.hostname, portOf(origin))
  const permitted = (address: string): boolean => hostAllowed || mayReach(address, allow)

  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    allowH2: false,
    autoSelectFamily: true,
    lookup: judgedLookup(origin.hostname, options.lookup, permitted),
    ...(options.ca === undefined ? {} : { ca: [...getCACertificates('default'), options.ca] })
  })

  return (target, callback) => {
    // A literal address is never looked up.
    if (isIP(hostname) !== 0 && !permitted(hostname))
      return callback(refused(`${origin.hostname} is not a public address`), null)
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      if (socket.remoteAddress === undefined || !permitted(socket.remoteAddress)) {
        socket.destroy()
        return callback(refused(`${origin.hostname} has an address that is not public`), null)
      }
      callback(null, socket)
    })
  }
}

function judgedLookup(host: string, lookup: EgressLookup, permitted: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const [first] = addresses
      if (first === undefined) return callback(new EgressError('dns', `${host} has no address`), [])
      // The message says neither the address nor its kind, so that the author cannot map the internal network.
      if (!addresses.every(({ address }) => permitted(address)))
        return callback(refused(`${host} resolves to an address that is not public`), [])
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

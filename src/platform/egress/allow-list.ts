import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** What the operator lets flows reach although it is not global. */
export interface EgressAllow {
  /** Whether this host, as a URL names it, may be called at this port, whatever address it has. */
  host(hostname: string, port: number): boolean
  /** Whether this address may be called under any name. */
  address(address: string): boolean
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

const HOST_AND_PORT = /^(\[[^\]]*\]|[^:[\]]+)(?::([0-9]{1,5}))?$/
const MAX_PORT = 65_535

/**
 * Reads the entries of `EGRESS_ALLOW`:
 *
 * - `erp.internal`, `10.0.0.5`, `[fd00::5]`: that host, as a URL names it, at every port. A name is allowed whatever it resolves to, an
 *   address is allowed only where the URL holds it;
 * - `erp.internal:8080`, `[fd00::5]:8080`: that host at that port alone;
 * - `10.0.0.0/8`, `fd00::/8`: every address in the range, under any name. A range never includes a cloud's metadata address, unless it
 *   is that address alone (`169.254.169.254/32`).
 *
 * @throws {Error} naming each entry that cannot be read and what is wrong with it.
 */
export function parseEgressAllow(entries: readonly string[]): EgressAllow {
  const everyPort = new Set<string>()
  const onePort = new Set<string>()
  const ranges: Range[] = []
  const faults: string[] = []

  for (const entry of entries) {
    try {
      if (entry.includes('/')) ranges.push(parseRange(entry))
      else {
        const { hostname, port } = parseHost(entry)
        if (port === undefined) everyPort.add(hostname)
        else onePort.add(`${hostname}:${port}`)
      }
    } catch (error) {
      faults.push(`"${entry}" ${error instanceof Error ? error.message : 'cannot be read'}`)
    }
  }
  if (faults.length > 0) throw new Error(faults.join('; '))

  return {
    host(hostname, port) {
      const host = withoutFinalDot(hostname)
      return everyPort.has(host) || onePort.has(`${host}:${port}`)
    },
    address(address) {
      if (ranges.length === 0 || isIP(address) === 0) return false
      const parsed = ipaddr.parse(address)
      const metadata = addressKind(address) === 'metadata'
      return ranges.some(
        ([network, bits]) =>
          network.kind() === parsed.kind() && parsed.match(network, bits) && (!metadata || bits === width(network))
      )
    }
  }
}

/** `localhost.` and `localhost` are one name: the final dot is DNS's root. */
export function withoutFinalDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
}

function parseRange(entry: string): Range {
  // The library also reads short and octal forms, which people read differently.
  if (!ipaddr.isValidCIDR(entry) || isIP(entry.slice(0, entry.indexOf('/'))) === 0)
    throw new Error('is not a CIDR such as 10.0.0.0/8 or fd00::/8; a host is written without a scheme or path')
  const [address, bits] = ipaddr.parseCIDR(entry)
  const network =
    address instanceof ipaddr.IPv4
      ? ipaddr.IPv4.networkAddressFromCIDR(entry)
      : ipaddr.IPv6.networkAddressFromCIDR(entry)
  // A typing slip must not open more than what was meant: 10.1.2.3/8 is either the host or the range.
  if (network.toNormalizedString() !== address.toNormalizedString())
    throw new Error(
      `has bits set after its prefix: write ${network.toString()}/${bits}, or /${width(address)} for the one address`
    )
  return [network, bits]
}

function parseHost(entry: string): { hostname: string; port: number | undefined } {
  const [, host, digits] = HOST_AND_PORT.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? []
  if (host === undefined) throw new Error('is not a host, host:port, [IPv6]:port or CIDR')
  if (host.includes('*')) throw new Error('has a wildcard: name each host, or allow their addresses by CIDR')
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > MAX_PORT)) throw new Error(`has a port that is not 1 to ${MAX_PORT}`)
  return { hostname: urlHostname(host), port }
}

/** The host as the URL parser writes it, so that the comparison is between equals. */
function urlHostname(host: string): string {
  const url = URL.parse(`http://${host}/`)
  if (
    url === null ||
    url.username !== '' ||
    url.password !== '' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== ''
  )
    throw new Error('is not a host that a URL can name')
  return withoutFinalDot(url.hostname)
}

function width(address: ipaddr.IPv4 | ipaddr.IPv6): number {
  return address.kind() === 'ipv4' ? 32 : 128
}

/** What an address is for. Flows reach `global` ones only, unless the operator allows more. */
export type AddressKind = 'global' | 'metadata' | 'loopback' | 'private' | 'link-local' | 'special-purpose'

/**
 * Where clouds answer with the machine's credentials: AWS, Azure, Google and most others; Azure's wire server, which is in a
 * public range; Alibaba, in the carrier-grade NAT range; AWS over IPv6; Oracle's older address.
 */
const METADATA_ADDRESSES: readonly string[] = [
  '169.254.169.254',
  '168.63.129.16',
  '100.100.100.200',
  'fd00:ec2::254',
  '192.0.0.192'
]

const METADATA = new Set(METADATA_ADDRESSES.map((address) => ipaddr.parse(address).toNormalizedString()))

/** 2000::/3, the only part of IPv6 given out for global unicast (RFC 4291, section 2.4 and IANA's registry). */
const GLOBAL_UNICAST_MASK = 0xe000
const GLOBAL_UNICAST_PREFIX = 0x2000

const KINDS: Readonly<Record<string, AddressKind>> = {
  loopback: 'loopback',
  unspecified: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  deprecatedSiteLocal: 'private',
  linkLocal: 'link-local',
  unicast: 'global'
}

/**
 * Sorts an address in its usual text form, as DNS, the socket or the WHATWG URL parser give it. What is not an address is
 * `special-purpose`, so that nothing unread passes. IPv6 forms that carry an IPv4 address (mapped, compatible, translated, NAT64, 6to4,
 * Teredo) are never global, whatever they carry: what they reach is decided by machines that this process does not see.
 */
export function addressKind(address: string): AddressKind {
  if (isIP(address) === 0) return 'special-purpose'
  const parsed = ipaddr.parse(address)
  if (METADATA.has(parsed.toNormalizedString())) return 'metadata'
  const kind = KINDS[parsed.range()] ?? 'special-purpose'
  if (kind === 'global' && parsed instanceof ipaddr.IPv6 && !isGlobalUnicast(parsed)) return 'special-purpose'
  return kind
}

function isGlobalUnicast(address: ipaddr.IPv6): boolean {
  return ((address.parts[0] ?? 0) & GLOBAL_UNICAST_MASK) === GLOBAL_UNICAST_PREFIX
}

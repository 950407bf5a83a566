import { isIPv6 } from 'node:net'
import { carriedIpv4, isInCidr, parseCidr, parseIp, type Cidr, type IpAddress } from '../../lib/ip-address.ts'

/** The hosts and addresses that the operator allows for flows although they are not global. */
export interface EgressAllow {
  /** Whether this host, as written in a URL, may be called at this port, whatever address it has. */
  host(hostname: string, port: number): boolean
  /** Whether this address may be called under any host name. */
  address(address: string): boolean
}

const HOST_AND_PORT = /^(\[[^\]]*\]|[^:[\]]+)(?::([0-9]{1,5}))?$/
const MAX_PORT = 65_535

/**
 * Reads the entries of `EGRESS_ALLOW`:
 *
 * - `erp.internal`, `10.0.0.5`, `[fd00::5]`: that host, as a URL names it, at every port. A name is allowed whatever it
 *   resolves to, an address is allowed only where the URL holds it;
 * - `erp.internal:8080`, `[fd00::5]:8080`: that host at that port alone;
 * - `10.0.0.0/8`, `fd00::/8`: every address in the range, under any name. A range never includes a cloud's metadata
 *   address, unless it is that address alone (`169.254.169.254/32`).
 *
 * Addresses and ranges have the forms of `parseCidr`; `0x7f.1` is not another way to write `127.0.0.1`.
 *
 * @throws {Error} naming each entry that cannot be read and what is wrong with it.
 * @example parseEgressAllow(['10.0.0.0/8', 'erp.internal:8080']).host('erp.internal', 8080) // true
 */
export function parseEgressAllow(entries: readonly string[]): EgressAllow {
  const everyPort = new Set<string>()
  const onePort = new Set<string>()
  const ranges: Cidr[] = []
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
    address(text) {
      const address = parseIp(text)
      if (address === undefined) return false
      const metadata = addressKind(text) === 'metadata'
      return ranges.some((range) => isInCidr(address, range) && (!metadata || isOneAddress(range)))
    }
  }
}

/** Removes the final dot, which stands for DNS's root: `localhost.` and `localhost` are the same name. */
export function withoutFinalDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
}

function parseRange(entry: string): Cidr {
  if (parseIp(entry.slice(0, entry.indexOf('/'))) === undefined)
    throw new Error('is not a CIDR such as 10.0.0.0/8 or fd00::/8; write a host without a scheme or path')
  return parseCidr(entry)
}

function parseHost(entry: string): { hostname: string; port: number | undefined } {
  const [, host, digits] = HOST_AND_PORT.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? []
  if (host === undefined) throw new Error('is not a host, host:port, [IPv6]:port or CIDR')
  if (host.includes('*')) throw new Error('has a wildcard: name each host, or allow their addresses by CIDR')
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > MAX_PORT)) throw new Error(`has a port that is not 1 to ${MAX_PORT}`)
  const hostname = urlHostname(host)
  // The URL parser reads short, octal, hexadecimal and integer forms as IPv4: an entry must show the address that it
  // allows.
  if (parseIp(unbracketed(hostname)) !== undefined) parseCidr(unbracketed(host))
  return { hostname, port }
}

/** The host in the form of the URL parser, so that equal hosts compare equal. */
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

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function isOneAddress({ network, bits }: Cidr): boolean {
  return bits === (network.kind() === 'ipv4' ? 32 : 128)
}

/** The purpose of an address. Flows reach only `global` ones, unless the operator allows more. */
export type AddressKind = 'global' | 'metadata' | 'loopback' | 'private' | 'link-local' | 'special-purpose'

/**
 * The addresses at which clouds return the machine's credentials: AWS, Azure, Google and most others; Azure's wire
 * server, which is in a public range; Alibaba, in the carrier-grade NAT range; AWS over IPv6; Oracle's older address.
 */
const METADATA_ADDRESSES: readonly string[] = [
  '169.254.169.254',
  '168.63.129.16',
  '100.100.100.200',
  'fd00:ec2::254',
  '192.0.0.192'
]

const METADATA = new Set(METADATA_ADDRESSES.map((address) => parseIp(address)?.toString()))

/** The only part of IPv6 assigned for global unicast (RFC 4291, section 2.4, and IANA's registry). */
const GLOBAL_UNICAST = parseCidr('2000::/3')

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
 * Classifies an address in its usual text form, as DNS, sockets and the WHATWG URL parser write it. A text that is not
 * an address is `special-purpose`. IPv6 forms that contain an IPv4 address (mapped, compatible, translated, NAT64,
 * 6to4, Teredo) are never global: what they reach is decided by machines that this process does not know. If the
 * contained address is a metadata address, the kind is `metadata`, so that no wide IPv6 range of `EGRESS_ALLOW` allows
 * it.
 */
export function addressKind(text: string): AddressKind {
  const address = parseIp(text)
  if (address === undefined) return 'special-purpose'
  if (isMetadata(address)) return 'metadata'
  // IPv4 in IPv6 form.
  if (address.kind() === 'ipv4' && isIPv6(text)) return 'special-purpose'
  const kind = KINDS[address.range()] ?? 'special-purpose'
  if (kind === 'global' && address.kind() === 'ipv6' && !isInCidr(address, GLOBAL_UNICAST)) return 'special-purpose'
  return kind
}

function isMetadata(address: IpAddress): boolean {
  return [address, carriedIpv4(address)].some((one) => one !== undefined && METADATA.has(one.toString()))
}

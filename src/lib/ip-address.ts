import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * A parsed address. An IPv4 address in IPv6 form (`::ffff:10.0.0.1`, RFC 4291, section 2.5.5.2) is the IPv4 address.
 */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/** A range of addresses: every address whose first `bits` bits are those of `network`. */
export interface Cidr {
  readonly network: IpAddress
  readonly bits: number
}

/** Without leading zeros, which some readers take for octal. */
const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/

/** Where the IPv4 address starts in the IPv6 form. */
const MAPPED_BITS = 96

/**
 * Reads one address from a socket, a DNS answer or a proxy's header. Only the usual text forms are read: four decimal
 * parts without leading zeros, or RFC 4291, section 2.2. Short, octal, hexadecimal and integer forms mean different
 * things to different readers, so they are refused here. A zone (`fe80::1%eth0`, RFC 4007) names an interface of this
 * machine and is dropped.
 *
 * @returns undefined for any other text
 * @example parseIp('::ffff:10.0.0.1')?.toString() // '10.0.0.1'
 */
export function parseIp(text: string): IpAddress | undefined {
  // This also covers a closed socket without an address, and an empty header field.
  if (isIP(text) === 0) return undefined
  const read = readAddress(text.split('%', 1)[0] ?? '')
  return read instanceof ipaddr.IPv6 && read.isIPv4MappedAddress() ? read.toIPv4Address() : read
}

/**
 * Reads an address or a range in CIDR notation (RFC 4632, section 3.1; RFC 4291, section 2.3), for `allowedIps`,
 * `TRUST_PROXY` and `EGRESS_ALLOW`. It accepts the forms of {@link parseIp}, without a zone. Bits after the prefix must
 * be zero: `10.1.2.3/8` could mean the address or the range, and a typing error must not allow more than was intended.
 * A range of mapped addresses (`::ffff:10.0.0.0/104`) is the IPv4 range; a shorter IPv6 prefix contains no IPv4
 * address.
 *
 * @throws {Error} whose message says what is wrong, to be read after the text: `is not an address …`
 * @example parseCidr('10.0.0.0/8').bits // 8
 */
export function parseCidr(text: string): Cidr {
  const range = readCidr(text)
  if (range === undefined) {
    throw new Error(
      'is not an address or range such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32: ' +
        'IPv4 has four decimal parts without leading zeros, IPv6 no zone'
    )
  }
  const network = networkOf(range)
  if (network.toNormalizedString() !== range.network.toNormalizedString()) {
    throw new Error(
      `has bits set after its prefix: write ${network.toString()}/${range.bits} for the network, ` +
        `or ${range.network.toString()} for the one address`
    )
  }
  return range
}

/**
 * What is wrong with `text` as an address or range, to be read after the text; undefined if {@link parseCidr} accepts
 * it.
 */
export function cidrFault(text: string): string | undefined {
  try {
    parseCidr(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Whether the address is in the range. */
export function isInCidr(address: IpAddress, { network, bits }: Cidr): boolean {
  return network.kind() === address.kind() && address.match(network, bits)
}

/**
 * Creates a check of callers' addresses against a stored list that {@link parseCidr} has accepted. It never throws: an
 * entry that is not readable (earlier versions accepted more forms) matches nothing, and one with bits after its prefix
 * stands for its network.
 *
 * @returns a function that says whether an address is in one of the ranges; a text that is not an address is in none
 * @example createIpMatcher(['10.0.0.0/8'])('::ffff:10.1.2.3') // true
 */
export function createIpMatcher(cidrs: readonly string[]): (ip: string) => boolean {
  const ranges = cidrs.map(readCidr).filter((range) => range !== undefined)
  return (ip) => {
    const address = parseIp(ip)
    return address !== undefined && ranges.some((range) => isInCidr(address, range))
  }
}

/** An address with a port, as some proxies write it: IPv6 then has brackets. */
const WITH_PORT = /^(?:\[([^\]]*)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5})$/

/**
 * The address in an entry of `X-Forwarded-For`, without its port and brackets; undefined for any other text.
 * @example forwardedAddress('[2001:db8::1]:443') // '2001:db8::1'
 */
export function forwardedAddress(entry: string): string | undefined {
  const text = entry.trim()
  const [, bracketed, ipv4] = WITH_PORT.exec(text) ?? []
  const address = bracketed ?? ipv4 ?? text
  return parseIp(address) === undefined ? undefined : address
}

/**
 * Creates a check whether a range is contained in a single one of a list of ranges.
 * @throws {Error} for a range that {@link parseCidr} does not accept
 * @example createCidrSet(['10.0.0.0/8'])('10.1.0.0/16') // true
 */
export function createCidrSet(cidrs: readonly string[]): (cidr: string) => boolean {
  const ranges = cidrs.map(readCidr).filter((range) => range !== undefined)
  return (text) => {
    const { network, bits } = parseCidr(text)
    return ranges.some((range) => bits >= range.bits && isInCidr(network, range))
  }
}

/**
 * The key under which calls from an address are counted: an IPv4 address, or the /64 of an IPv6 address, which usually
 * belongs to one customer of a network.
 */
export function subnetKey(ip: string): string {
  const address = parseIp(ip)
  if (address === undefined) return ip
  if (address instanceof ipaddr.IPv4) return address.toString()
  return address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')
}

/**
 * Whether a host, as a URL or the `HOST` setting names it, is this machine: `localhost`, 127.0.0.0/8 or `::1`, with or
 * without brackets.
 */
export function isLoopbackHost(host: string): boolean {
  const name = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  return name.toLowerCase() === 'localhost' || parseIp(name)?.range() === 'loopback'
}

/**
 * The IPv4 address that an IPv6 address carries for a translator or a tunnel: NAT64 (RFC 6052, RFC 8215), translated
 * (RFC 2765) and compatible (RFC 4291, section 2.5.5.1) forms at the end, 6to4 (RFC 3056) after the prefix; undefined
 * if it carries none.
 */
export function carriedIpv4(address: IpAddress): IpAddress | undefined {
  if (address instanceof ipaddr.IPv4) return undefined
  const bytes = address.toByteArray()
  if (isInCidr(address, SIX_TO_FOUR)) return new ipaddr.IPv4(bytes.slice(2, 6))
  return IPV4_AT_THE_END.some((range) => isInCidr(address, range)) ? new ipaddr.IPv4(bytes.slice(12)) : undefined
}

function readCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  const written = slash < 0 ? text : text.slice(0, slash)
  const address = isIP(written) === 0 || written.includes('%') ? undefined : readAddress(written)
  if (address === undefined) return undefined
  const width = isIPv6(written) ? 128 : 32
  const length = slash < 0 ? String(width) : text.slice(slash + 1)
  const bits = Number(length)
  if (!PREFIX_LENGTH.test(length) || bits > width) return undefined
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS)
    return { network: address.toIPv4Address(), bits: bits - MAPPED_BITS }
  return { network: address, bits }
}

function networkOf({ network, bits }: Cidr): IpAddress {
  const text = `${network.toNormalizedString()}/${bits}`
  return network.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
}

/**
 * The caller has checked the text with `isIP`, because the library accepts more forms. It also reads the dotted
 * compatible form `::10.0.0.1` as the mapped `::ffff:10.0.0.1`, so it never sees dots in an IPv6 address.
 */
function readAddress(text: string): IpAddress | undefined {
  const undotted = text.includes(':') ? text.replace(/[0-9.]+\.[0-9]+$/, hexadecimalGroups) : text
  return ipaddr.isValid(undotted) ? ipaddr.parse(undotted) : undefined
}

function hexadecimalGroups(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

const SIX_TO_FOUR = parseCidr('2002::/16')
const IPV4_AT_THE_END = ['::/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48'].map(parseCidr)

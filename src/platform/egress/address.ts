import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

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

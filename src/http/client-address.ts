import { createIpMatcher, forwardedAddress } from '../lib/ip-address.ts'

/** The address of a caller, from the address of its connection and from `X-Forwarded-For`. */
export type ClientAddress = (remote: string, forwardedFor: string | string[] | undefined) => string

/**
 * Reads `X-Forwarded-For` from its end, for as long as the last address read is that of a trusted proxy. Ports and
 * brackets, which some proxies write, are removed. If an entry is not an address, the address of the proxy that wrote
 * it is used.
 * @param trusted addresses and ranges of proxies
 */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const isTrusted = createIpMatcher(trusted)
  return (remote, forwardedFor) => {
    let address = remote
    for (const entry of String(forwardedFor ?? '')
      .split(',')
      .toReversed()) {
      const before = isTrusted(address) ? forwardedAddress(entry) : undefined
      if (before === undefined) break
      address = before
    }
    return address
  }
}

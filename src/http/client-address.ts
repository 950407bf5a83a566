import { createIpMatcher, forwardedAddress } from '../lib/ip-address.ts'

/** The address of a caller, from the address of its connection and from `X-Forwarded-For`. */
export type ClientAddress = (remote: string, forwardedFor: string | string[] | undefined) => string

/**
 * Reads `X-Forwarded-For` from its end, as long as the address before it is a trusted proxy's. Some proxies write ports
 * and brackets, which are taken off. What is no address counts as the address of the proxy that wrote it.
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

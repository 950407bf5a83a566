import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Whether `text` is an address (`10.0.0.1`, `::1`) or a block of them in CIDR notation (RFC 4632, RFC 4291). */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined
}

/** Says whether an address is in one of the blocks. IPv4 in IPv6 form (`::ffff:10.0.0.1`) is the IPv4 address, on either side. */
export function createIpMatcher(cidrs: readonly string[]): (ip: string) => boolean {
  const blocks = cidrs.map((cidr) => {
    const block = parseCidr(cidr)
    if (!block) throw new Error(`"${cidr}" is neither an address nor a CIDR`)
    return block
  })
  return (ip) => {
    if (!ipaddr.isValid(ip)) return false
    const address = ipaddr.process(ip)
    return blocks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
  }
}

function parseCidr(text: string): [Address, number] | undefined {
  // The short forms of IPv4 (`10.1`, `0x7f.1`) mean something else to every reader: only four decimal parts are taken.
  if (!text.includes(':') && !/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(text)) return undefined
  if (text.includes('%')) return undefined
  try {
    if (!text.includes('/')) {
      const address = ipaddr.process(text)
      return [address, address.kind() === 'ipv4' ? 32 : 128]
    }
    const [network, bits] = ipaddr.parseCIDR(text)
    if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96)
      return [network.toIPv4Address(), bits - 96]
    return [network, bits]
  } catch {
    return undefined
  }
}

/** What calls from an address are counted under: the address, and of IPv6 its /64, which is what one customer of a network has. */
export function subnetKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address instanceof ipaddr.IPv6
    ? address.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')
    : address.toString()
}

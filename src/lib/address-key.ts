import ipaddr from 'ipaddr.js'

/** What calls from an address are counted under: the address, and of IPv6 its /64, which is what one customer of a network has. */
export function addressKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address instanceof ipaddr.IPv6
    ? address.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')
    : address.toString()
}

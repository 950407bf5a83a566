import { isLoopbackHost } from './lib/ip-address.ts'

/** What an operator must know of a gateway that others than this machine can reach. One sentence each. */
export function exposureWarnings({
  host,
  publicUrl,
  signup
}: {
  host: string
  publicUrl: string
  signup: 'open' | 'closed'
}): string[] {
  if (isLoopbackHost(host)) return []
  return [
    ...(publicUrl.startsWith('http:')
      ? [
          `HOST ${host} is reachable from other machines, and PUBLIC_URL is no https address: passwords and tokens ` +
            'travel in clear text unless a proxy with https is in front of the gateway.'
        ]
      : []),
    ...(signup === 'open' ? ['SIGNUP is open: whoever reaches the gateway can make an account.'] : [])
  ]
}

import { isLoopbackHost } from './lib/ip-address.ts'

/** Warnings for the operator of a gateway that other machines can reach, one sentence each. */
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
    ...(signup === 'open' ? ['SIGNUP is open: anybody who reaches the gateway can create an account.'] : [])
  ]
}

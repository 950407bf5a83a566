import { domainToASCII } from 'node:url'
import { Fault } from '../lib/fault.ts'
import type { Database } from '../platform/db/client.ts'
import { type Policy, readInstallationPolicy } from './policy.ts'

/** Whether a policy lets this e-mail in. Domains match exactly: subdomains are other domains. */
export function admitsEmail({ signupDomains }: Policy, email: string): boolean {
  if (!signupDomains) return true
  const domain = plain(email.slice(email.lastIndexOf('@') + 1))
  return signupDomains.some((allowed) => plain(allowed) === domain)
}

/**
 * @returns whether the policy of the installation names domains, this one among them
 * @throws Fault `insufficient_scope` if it names others only
 */
export async function requireSignUpDomain({ database }: { database: Database }, email: string): Promise<boolean> {
  const policy = await readInstallationPolicy(database.prisma)
  if (!admitsEmail(policy, email))
    throw new Fault('insufficient_scope', {
      why: 'domain_not_allowed',
      detail: 'Sign-up is not open to e-mails of this domain. Ask an admin for an account.'
    })
  return policy.signupDomains !== undefined
}

/** Names in letters of any script have one form in ASCII. */
function plain(domain: string): string {
  const text = domain.normalize('NFKC').toLowerCase()
  return domainToASCII(text) || text
}

import { domainToASCII } from 'node:url'
import { Fault } from '../lib/fault.ts'
import type { Database } from '../platform/db/client.ts'
import { type Policy, readInstallationPolicy } from './policy.ts'

/** Whether a policy admits this e-mail. Domains match exactly; subdomains do not match. */
export function admitsEmail({ signupDomains }: Policy, email: string): boolean {
  if (!signupDomains) return true
  const domain = plain(email.slice(email.lastIndexOf('@') + 1))
  return signupDomains.some((allowed) => plain(allowed) === domain)
}

/**
 * @returns true if the policy of the installation names domains, and this one is among them; false if it names none
 * @throws Fault `insufficient_scope` if it names only others
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

/** The ASCII form of a domain, in which internationalized names are compared. */
function plain(domain: string): string {
  const text = domain.normalize('NFKC').toLowerCase()
  return domainToASCII(text) || text
}

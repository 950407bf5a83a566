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

/** @throws Fault `insufficient_scope` if the policy of the installation names other domains */
export async function requireSignUpDomain({ database }: { database: Database }, email: string): Promise<void> {
  if (!admitsEmail(await readInstallationPolicy(database.prisma), email))
    throw new Fault('insufficient_scope', {
      why: 'domain_not_allowed',
      detail: 'Sign-up is not open to e-mails of this domain. Ask an admin for an account.'
    })
}

/** Names in letters of any script have one form in ASCII. */
function plain(domain: string): string {
  const text = domain.normalize('NFKC').toLowerCase()
  return domainToASCII(text) || text
}

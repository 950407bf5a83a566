import type { Command } from 'commander'
import type { components } from '../../client/index.ts'
import { collect, wholeNumber } from '../option-values.ts'

type Policy = components['schemas']['Policy']

export interface PolicyOptions {
  maxDays?: number
  unlimited: boolean
  unusedDays?: number
  secondFactor?: boolean
  domain?: string[]
}

/** The options of a command that replaces a policy. */
export function policyOptions(command: Command): Command {
  return command
    .option('--max-days <days>', 'the longest life of a token', wholeNumber)
    .option('--no-unlimited', 'forbid tokens that never expire')
    .option('--unused-days <days>', 'revoke tokens that were not used for this long', wholeNumber)
    .option('--second-factor', 'require a second factor of owners and admins')
    .option('--domain <domain>', 'allow sign-up only with e-mails of this domain; can be repeated', collect)
}

/** Makes a policy of the given options only: a rule without its option is not in it. */
export function policyFrom({ maxDays, unlimited, unusedDays, secondFactor, domain }: PolicyOptions): Policy {
  return {
    ...(maxDays === undefined ? {} : { maxDays }),
    ...(unlimited ? {} : { allowUnlimited: false }),
    ...(unusedDays === undefined ? {} : { unusedDays }),
    ...(secondFactor ? { requireSecondFactor: true } : {}),
    ...(domain ? { signupDomains: domain } : {})
  }
}

export function describePolicy(policy: Policy): string {
  const lines = Object.entries(policy).map(([name, value]) => `${name}: ${String(value)}`)
  return lines.length === 0 ? 'No limits.' : lines.join('\n')
}

import { linesOf } from '../../lib/origins.ts'

/** Rules for tokens and sign-ups. An absent rule restricts nothing. */
export interface Policy {
  maxDays?: number
  allowUnlimited?: boolean
  unusedDays?: number
  requireSecondFactor?: boolean
  signupDomains?: string[]
}

/** The values of the form of a policy. */
export interface PolicyValues {
  maxDays: string
  /** Empty: allowed, unless there is a longest life. */
  allowUnlimited: '' | 'yes' | 'no'
  unusedDays: string
  requireSecondFactor: boolean
  /** One per line. */
  signupDomains: string
}

export const DAYS_MAX = 36_500
export const UNUSED_DAYS_MAX = 3_650

export function valuesOf(policy: Policy): PolicyValues {
  const { maxDays, allowUnlimited, unusedDays, requireSecondFactor = false, signupDomains = [] } = policy
  return {
    maxDays: String(maxDays ?? ''),
    allowUnlimited: allowUnlimited === undefined ? '' : allowUnlimited ? 'yes' : 'no',
    unusedDays: String(unusedDays ?? ''),
    requireSecondFactor,
    signupDomains: signupDomains.join('\n')
  }
}

/** The whole policy. An empty field of the form means no rule. */
export function policyOf({
  maxDays,
  allowUnlimited,
  unusedDays,
  requireSecondFactor,
  ...values
}: PolicyValues): Policy {
  const signupDomains = linesOf(values.signupDomains)
  return {
    ...(maxDays === '' ? {} : { maxDays: Number(maxDays) }),
    ...(allowUnlimited === '' ? {} : { allowUnlimited: allowUnlimited === 'yes' }),
    ...(unusedDays === '' ? {} : { unusedDays: Number(unusedDays) }),
    ...(requireSecondFactor ? { requireSecondFactor } : {}),
    ...(signupDomains.length === 0 ? {} : { signupDomains })
  }
}

export function policyErrors({ maxDays, unusedDays }: PolicyValues): { maxDays?: string; unusedDays?: string } {
  const daysError = (text: string, max: number): string | undefined =>
    text === '' || (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= max)
      ? undefined
      : `Enter a whole number from 1 to ${max.toLocaleString('en')}, or nothing.`
  const [max, unused] = [daysError(maxDays, DAYS_MAX), daysError(unusedDays, UNUSED_DAYS_MAX)]
  return { ...(max ? { maxDays: max } : {}), ...(unused ? { unusedDays: unused } : {}) }
}

/** Each rule in words, for those who may not change it. */
export function rulesInWords(policy: Policy): string[] {
  const { maxDays, allowUnlimited, unusedDays, requireSecondFactor, signupDomains } = policy
  return [
    ...(maxDays === undefined ? [] : [`A token lives for at most ${maxDays} days.`]),
    ...((allowUnlimited ?? maxDays === undefined) ? [] : ['Every token must end.']),
    ...(unusedDays === undefined ? [] : [`Tokens that are not used for ${unusedDays} days are revoked.`]),
    ...(requireSecondFactor ? ['Owners and admins need a second factor.'] : []),
    ...(signupDomains ? [`Only e-mails of ${signupDomains.join(', ')} are let in.`] : [])
  ]
}

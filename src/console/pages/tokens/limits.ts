import type { Scope, Token } from '../../api/types.ts'
import type { Picked } from '../../ui/ScopePicker.tsx'

/** The values of the form of a token's limits: texts as they were typed. */
export interface LimitValues {
  everything: 'yes' | 'no'
  picked: Picked
  addresses: string
  calls: string
  windowSeconds: string
  daily: string
}

export const NO_LIMITS: LimitValues = {
  everything: 'yes',
  picked: { groups: [], items: [] },
  addresses: '',
  calls: '',
  windowSeconds: '',
  daily: ''
}

/** The body for the API. It has every member, so that a change can also remove a limit. */
export interface SentLimits {
  scope: Scope | null
  allowedIps: string[] | null
  rateLimit: { limit: number; windowSeconds: number } | null
  dailyQuota: number | null
}

export function limitsOf(token: Token): LimitValues {
  return {
    everything: token.scope ? 'no' : 'yes',
    picked: { groups: token.scope?.workspaces ?? [], items: token.scope?.listeners ?? [] },
    addresses: token.allowedIps.join('\n'),
    calls: String(token.rateLimit?.limit ?? ''),
    windowSeconds: String(token.rateLimit?.windowSeconds ?? ''),
    daily: String(token.dailyQuota ?? '')
  }
}

export function checkLimits(values: LimitValues): Partial<Record<keyof LimitValues, string>> {
  const { everything, picked, calls, windowSeconds, daily } = values
  const nothing = everything === 'no' && picked.groups.length + picked.items.length === 0
  return {
    ...(nothing ? { picked: 'Choose a workspace or a listener.' } : {}),
    ...(isCountOrEmpty(calls) ? {} : { calls: 'Enter a whole number from 1.' }),
    ...(isCountOrEmpty(windowSeconds) ? {} : { windowSeconds: 'Enter a whole number from 1.' }),
    ...(isCountOrEmpty(daily) ? {} : { daily: 'Enter a whole number from 1.' }),
    ...(calls !== '' && windowSeconds === '' ? { windowSeconds: 'Say in how many seconds.' } : {}),
    ...(calls === '' && windowSeconds !== '' ? { calls: 'Say how many calls.' } : {})
  }
}

export function sentLimits(values: LimitValues): SentLimits {
  const { groups, items } = values.picked
  const addresses = values.addresses.split(/[\s,]+/).filter(Boolean)
  return {
    scope:
      values.everything === 'yes'
        ? null
        : {
            ...(groups.length > 0 ? { workspaces: [...groups] } : {}),
            ...(items.length > 0 ? { listeners: [...items] } : {})
          },
    allowedIps: addresses.length > 0 ? addresses : null,
    rateLimit:
      values.calls === '' ? null : { limit: Number(values.calls), windowSeconds: Number(values.windowSeconds) },
    dailyQuota: values.daily === '' ? null : Number(values.daily)
  }
}

function isCountOrEmpty(text: string): boolean {
  return text === '' || /^[1-9]\d{0,8}$/.test(text)
}

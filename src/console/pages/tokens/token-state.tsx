import type { ReactNode } from 'react'
import type { Token } from '../../api/types.ts'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'

/** A token that ends within this many days gets a note. */
export const ENDING_DAYS = 14
const DAY_MS = 86_400_000

export type TokenState = 'live' | 'off' | 'rotating' | 'ended' | 'revoked'

/** The state of a token at this moment. `rotating`: another token replaces it, and it still works. */
export function stateOf(token: Token): TokenState {
  if (token.revokedAt) return 'revoked'
  if (token.expiresAt && Date.parse(token.expiresAt) <= Date.now()) return 'ended'
  if (!token.enabled) return 'off'
  return token.replacedBy ? 'rotating' : 'live'
}

/** Whether a token will never work again, and so cannot be changed. */
export function hasEnded(token: Token): boolean {
  const state = stateOf(token)
  return state === 'ended' || state === 'revoked'
}

/** Whether a token ends soon. One that is being rotated is left out, because it is meant to end. */
export function endsSoon(token: Token): boolean {
  return (
    stateOf(token) === 'live' &&
    token.expiresAt !== null &&
    Date.parse(token.expiresAt) - Date.now() < ENDING_DAYS * DAY_MS
  )
}

export function StateTag({ token }: { token: Token }): ReactNode {
  const state = stateOf(token)
  if (state === 'live')
    return (
      <Tag tone="ok" dot>
        live
      </Tag>
    )
  if (state === 'off') return <Tag tone="warn">switched off</Tag>
  if (state === 'rotating') return <Tag tone="accent">rotating</Tag>
  return <Tag tone={state === 'revoked' ? 'bad' : 'plain'}>{state}</Tag>
}

/** "in 3 days", as a warning if it is soon; "never" is a warning too. */
export function Ends({ token }: { token: Token }): ReactNode {
  if (token.revokedAt)
    return (
      <>
        revoked <Time at={token.revokedAt} />
      </>
    )
  if (token.expiresAt === null) return <Tag tone="bad">never</Tag>
  if (endsSoon(token))
    return (
      <Tag tone="warn">
        <Time at={token.expiresAt} />
      </Tag>
    )
  return <Time at={token.expiresAt} />
}

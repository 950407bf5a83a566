import { createChannel } from '../../lib/channel.ts'

/** How long a new token is shown at most. */
export const HELD_MS = 15 * 60_000

export interface HeldToken {
  id: string
  token: string
  /** Epoch milliseconds. */
  until: number
  /** Whether it was copied or said to be stored: leaving then asks no more. */
  safe: boolean
}

// The only place of a new token: no cache, no storage, no URL, no history. A reload loses it, as it should.
const held = createChannel<HeldToken | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined

export function holdToken(id: string, token: string): void {
  clearTimeout(timer)
  held.set({ id, token, until: Date.now() + HELD_MS, safe: false })
  timer = setTimeout(dropToken, HELD_MS)
}

export function dropToken(): void {
  clearTimeout(timer)
  if (held.read()) held.set(undefined)
}

export function markSafe(safe: boolean): void {
  const current = held.read()
  if (current) held.set({ ...current, safe })
}

/** The token that was just made, on its own page. */
export function useHeldToken(id: string): HeldToken | undefined {
  const current = held.use()
  return current?.id === id ? current : undefined
}

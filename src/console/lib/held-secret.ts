import { createChannel } from './channel.ts'

/** How long a secret is shown at most. */
export const HELD_MS = 15 * 60_000

export interface HeldSecret {
  /** What it belongs to: the id of the token, of the workspace. */
  owner: string
  value: string
  /** Epoch milliseconds. */
  until: number
  /** Whether it was copied or said to be stored: leaving then asks no more. */
  safe: boolean
}

// The only place of a secret that is shown once: no cache, no storage, no URL, no history. A reload loses it, as it
// should.
const held = createChannel<HeldSecret | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined

export function holdSecret(owner: string, value: string): void {
  clearTimeout(timer)
  held.set({ owner, value, until: Date.now() + HELD_MS, safe: false })
  timer = setTimeout(dropSecret, HELD_MS)
}

export function dropSecret(): void {
  clearTimeout(timer)
  if (held.read()) held.set(undefined)
}

export function markSafe(safe: boolean): void {
  const current = held.read()
  if (current) held.set({ ...current, safe })
}

/** The secret that was just made, on the page of what it belongs to. */
export function useHeldSecret(owner: string): HeldSecret | undefined {
  const current = held.use()
  return current?.owner === owner ? current : undefined
}

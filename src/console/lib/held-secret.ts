import { createChannel } from './channel.ts'

/** The longest time that a secret is shown. */
export const HELD_MS = 15 * 60_000

export interface HeldSecret {
  /** The id of its owner, such as a token or a workspace. */
  owner: string
  value: string
  /** Epoch milliseconds. */
  until: number
  /** Whether it was copied, or confirmed as stored. Then leaving the page needs no confirmation. */
  safe: boolean
}

// The only place of a secret that is shown once: it is in no cache, storage, URL or history. A reload loses it on
// purpose.
const held = createChannel<HeldSecret | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined

/** Holds a secret for at most {@link HELD_MS}. It replaces the one that is held. */
export function holdSecret(owner: string, value: string): void {
  clearTimeout(timer)
  held.set({ owner, value, until: Date.now() + HELD_MS, safe: false })
  timer = setTimeout(dropSecret, HELD_MS)
}

export function dropSecret(): void {
  clearTimeout(timer)
  if (held.read()) held.set(undefined)
}

/** Sets whether the held secret was copied, or confirmed as stored. */
export function markSafe(safe: boolean): void {
  const current = held.read()
  if (current) held.set({ ...current, safe })
}

/** The secret that was just created for this owner. */
export function useHeldSecret(owner: string): HeldSecret | undefined {
  const current = held.use()
  return current?.owner === owner ? current : undefined
}

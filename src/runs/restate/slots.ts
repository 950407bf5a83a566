/** An invocation that asks for a slot, and the name of the signal that grants it. */
export interface Claim {
  invocationId: string
  signal: string
}

/**
 * The slots of one listener: the state of its object in Restate. An invocation waits until `takeSlot` or `freeSlot`
 * finds room within the limit; then it is granted a slot and busy, until `freeSlot` is called for it.
 */
export interface Slots {
  /** Ids of the invocations that have a slot. */
  busy: readonly string[]
  /** In the order in which they asked. */
  waiting: readonly Claim[]
}

export interface Changed {
  slots: Slots
  /** The claims that were granted a slot by the change, and must be signalled. */
  granted: readonly Claim[]
}

export const NO_SLOTS: Slots = { busy: [], waiting: [] }

/**
 * @param limit how many the listener allows now
 * @param force a run that is busy already, because it began in its request, is counted even beyond the limit
 */
export function takeSlot({ busy, waiting }: Slots, claim: Claim, limit: number, force: boolean): Changed {
  const { invocationId } = claim
  if (busy.includes(invocationId)) return { slots: { busy, waiting }, granted: [claim] }
  if (force) return { slots: { busy: [...busy, invocationId], waiting }, granted: [claim] }
  return grant(busy, [...without(waiting, invocationId), claim], limit)
}

export function freeSlot({ busy, waiting }: Slots, invocationId: string, limit: number): Changed {
  return grant(
    busy.filter((id) => id !== invocationId),
    without(waiting, invocationId),
    limit
  )
}

function without(waiting: readonly Claim[], invocationId: string): Claim[] {
  return waiting.filter((claim) => claim.invocationId !== invocationId)
}

function grant(busy: readonly string[], waiting: readonly Claim[], limit: number): Changed {
  const granted = waiting.slice(0, Math.max(0, limit - busy.length))
  return {
    slots: {
      busy: [...busy, ...granted.map(({ invocationId }) => invocationId)],
      waiting: waiting.slice(granted.length)
    },
    granted
  }
}

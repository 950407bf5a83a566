/** Limits of a {@link FairQueue}. */
export interface FairQueueOptions<Lane extends string> {
  /** How many pieces of work run at the same time, over all lanes. */
  atOnce: number
  /** The lanes, each with the most pieces of work that may wait in it. Lanes take turns. */
  lanes: Readonly<Record<Lane, number>>
  /** The most pieces of work of one key that may wait in a lane. */
  perKey: number
  /** Makes the error with which a piece of work is refused. @param limit the limit that was reached */
  refuse(limit: number): Error
}

export interface FairQueue<Lane extends string> {
  /**
   * Runs `work` when it is its turn. The work of one lane takes turns by its first key: a caller with a hundred waiting
   * pieces is served as often as a caller with one.
   * @param keys whose work it is. Each counts toward {@link FairQueueOptions.perKey}, in this lane only.
   * @param signal removes the work from the queue if it still waits
   * @throws the error of `refuse`, if the lane is full or one of the keys is at its limit; the signal's reason, if it
   *   aborts before the work begins
   */
  run<T>(lane: Lane, keys: readonly [string, ...string[]], work: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** How many pieces of work wait, over all lanes. */
  waiting(): number
}

interface LaneState {
  limit: number
  waiting: number
  /** Pieces that wait, by each of their keys. */
  held: Map<string, number>
  /** Pieces that wait, by their first key. The key whose turn is next comes first. */
  turns: Map<string, (() => void)[]>
}

/** Creates a bounded queue that no key can fill at the expense of others. */
export function createFairQueue<Lane extends string>(options: FairQueueOptions<Lane>): FairQueue<Lane> {
  const lanes = Object.fromEntries(
    Object.entries<number>(options.lanes).map(([name, limit]) => [
      name,
      { limit, waiting: 0, held: new Map(), turns: new Map() } satisfies LaneState
    ])
  ) as Record<Lane, LaneState>
  /** The lanes in the order of their turns. */
  const order = Object.values<LaneState>(lanes)
  let running = 0

  function wait(lane: LaneState, keys: readonly [string, ...string[]], signal?: AbortSignal): Promise<void> {
    if (lane.waiting >= lane.limit) throw options.refuse(lane.limit)
    if (keys.some((key) => (lane.held.get(key) ?? 0) >= options.perKey)) throw options.refuse(options.perKey)
    return new Promise((resolve, reject) => {
      lane.waiting++
      for (const key of keys) lane.held.set(key, (lane.held.get(key) ?? 0) + 1)
      const leave = (): void => {
        lane.waiting--
        for (const key of keys) release(lane.held, key)
        signal?.removeEventListener('abort', giveUp)
      }
      const begin = (): void => {
        leave()
        resolve()
      }
      const giveUp = (): void => {
        const own = lane.turns.get(keys[0]) ?? []
        own.splice(own.indexOf(begin), 1)
        if (own.length === 0) lane.turns.delete(keys[0])
        leave()
        reject(signal?.reason as Error)
      }
      const own = lane.turns.get(keys[0])
      if (own) own.push(begin)
      else lane.turns.set(keys[0], [begin])
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  function next(): (() => void) | undefined {
    const index = order.findIndex(({ waiting }) => waiting > 0)
    const [lane] = index === -1 ? [] : order.splice(index, 1)
    if (!lane) return undefined
    order.push(lane)
    for (const [key, own] of lane.turns) {
      const begin = own.shift()
      lane.turns.delete(key)
      if (own.length > 0) lane.turns.set(key, own)
      return begin
    }
    return undefined
  }

  return {
    async run(lane, keys, work, signal) {
      signal?.throwIfAborted()
      if (running < options.atOnce) running++
      else await wait(lanes[lane], [...new Set(keys)] as [string, ...string[]], signal)
      try {
        return await work()
      } finally {
        // The place is passed on directly, so that a newcomer cannot take it in between.
        const begin = next()
        if (begin) begin()
        else running--
      }
    },
    waiting: () => order.reduce((sum, { waiting }) => sum + waiting, 0)
  }
}

function release(held: Map<string, number>, key: string): void {
  const left = (held.get(key) ?? 1) - 1
  if (left > 0) held.set(key, left)
  else held.delete(key)
}

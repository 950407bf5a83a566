import type { Clock } from '../../lib/clock.ts'
import { createFlusher } from '../../lib/flusher.ts'
import { isId } from '../../lib/ids.ts'
import type { FaultCode } from '../../lib/fault.ts'
import { createUsageBuffer } from './usage-buffer.ts'
import { writeUsage, type WriteDeps } from './write.ts'

export const USAGE_FLUSH_MS = 1_000

/** Not the caller's doing: a call that ends so was let in. */
const NOT_REFUSED: ReadonlySet<FaultCode> = new Set([
  'flow_failed',
  'internal_error',
  'unavailable',
  'validation_failed'
])
/** A reason is a word of ours; what is a sentence, or from outside, is told by its code alone. */
const REASON = /^[a-z][a-z0-9_]{1,39}$/
const ADDRESS_MAX = 64

/** A finished call as the border reports it. */
export interface FinishedCall {
  tokenId?: string | undefined
  ip: string
  requestId: string
  listenerId?: string | undefined
  code?: FaultCode | undefined
  why?: string | undefined
}

/** How the calls made with tokens went, for the owners of the tokens. Written in batches, after the answers. */
export interface Usage {
  /** Never waits and never throws. Costs a call without a token nothing, one with it some counters. */
  onCall(call: FinishedCall): void
  /** Writes what waits. Reading a token's usage right after a call finds it. */
  flush(): Promise<void>
  stats(): { written: number; dropped: number }
  close(): Promise<void>
}

export function createUsage(deps: WriteDeps & { clock: Clock; onError(error: unknown): void }): Usage {
  let buffer = createUsageBuffer()
  let written = 0
  let dropped = 0

  const flusher = createFlusher({ everyMs: USAGE_FLUSH_MS, isEmpty: () => buffer.empty, write, onError: deps.onError })

  async function write(): Promise<void> {
    const full = buffer
    buffer = createUsageBuffer()
    dropped += full.dropped
    const calls = full
      .counts()
      .reduce((sum, { outcomes }) => sum + [...outcomes.values()].reduce((a, b) => a + b, 0), 0)
    try {
      await writeUsage(deps, full.counts(), full.denials())
      written += calls
    } catch (error) {
      // These are statistics: with the database down they are given up, and how many that were is known.
      dropped += calls
      throw error
    }
  }

  return {
    onCall({ tokenId, ip, requestId, listenerId, code, why }) {
      if (tokenId === undefined) return
      const call = { tokenId, at: deps.clock.now(), ip: ip.slice(0, ADDRESS_MAX), outcome: code ?? 'answered' }
      if (code === undefined || NOT_REFUSED.has(code)) buffer.add(call)
      else {
        const reason = why !== undefined && REASON.test(why) ? why : code
        buffer.add({
          ...call,
          denial: {
            reason,
            requestId,
            listenerId: listenerId !== undefined && isId('lsn', listenerId) ? listenerId : null
          }
        })
      }
      flusher.soon()
    },
    flush: flusher.now,
    stats: () => ({ written, dropped: dropped + buffer.dropped }),
    async close() {
      await flusher.now().catch(deps.onError)
      flusher.stop()
    }
  }
}

import type { Clock } from '../../lib/clock.ts'
import { createFlusher } from '../../lib/flusher.ts'
import { isId } from '../../lib/ids.ts'
import type { FaultCode } from '../../lib/fault.ts'
import { createUsageBuffer } from './usage-buffer.ts'
import { writeUsage, type WriteDeps } from './write.ts'

export const USAGE_FLUSH_MS = 1_000

/** Codes of calls that were authorized. A call that ends with one of these was not denied. */
const NOT_DENIED: ReadonlySet<FaultCode> = new Set([
  'flow_failed',
  'internal_error',
  'unavailable',
  'validation_failed'
])
/** A reason is a single identifier. For anything else, such as a sentence, the denial shows the fault code instead. */
const REASON = /^[a-z][a-z0-9_]{1,39}$/
const ADDRESS_MAX = 64

/** A finished call as the HTTP layer reports it. */
export interface FinishedCall {
  tokenId?: string | undefined
  ip: string
  requestId: string
  listenerId?: string | undefined
  code?: FaultCode | undefined
  why?: string | undefined
}

/** Records the outcome of calls made with tokens, for the tokens' owners. Written in batches, after the responses. */
export interface Usage {
  /** Records a call. Never waits and never throws. Ignores calls without a token. */
  onCall(call: FinishedCall): void
  /** Writes the buffered calls, so that a read right after a call includes it. */
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
      // Statistics are dropped, and counted as dropped, while the database is down.
      dropped += calls
      throw error
    }
  }

  return {
    onCall({ tokenId, ip, requestId, listenerId, code, why }) {
      if (tokenId === undefined) return
      const call = { tokenId, at: deps.clock.now(), ip: ip.slice(0, ADDRESS_MAX), outcome: code ?? 'answered' }
      if (code === undefined || NOT_DENIED.has(code)) buffer.add(call)
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

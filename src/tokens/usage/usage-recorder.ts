import type { Clock } from '../../lib/clock.ts'
import { createFlusher } from '../../lib/flusher.ts'
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
const ADDRESS_MAX = 64

/** A finished call as the HTTP layer reports it. */
export interface FinishedCall {
  tokenId?: string | undefined
  ip: string
  code?: FaultCode | undefined
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

/**
 * Creates a recorder that writes in batches. Counts that are not written when the process dies are lost, which a
 * statistic can bear.
 */
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
      await writeUsage(deps, full.counts())
      written += calls
    } catch (error) {
      // Statistics are dropped, and counted as dropped, while the database is down.
      dropped += calls
      throw error
    }
  }

  return {
    onCall({ tokenId, ip, code }) {
      if (tokenId === undefined) return
      buffer.add({
        tokenId,
        at: deps.clock.now(),
        ip: ip.slice(0, ADDRESS_MAX),
        outcome: code ?? 'answered',
        denied: code !== undefined && !NOT_DENIED.has(code)
      })
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

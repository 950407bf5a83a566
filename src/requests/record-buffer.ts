import { MINUTE_MS } from '../lib/clock.ts'
import type { CredentialKind } from '../lib/credential-kind.ts'

/**
 * Bounds the details that are stored of calls that failed or were refused. Every call is counted; of a flood, the
 * details of the first calls of each minute are stored.
 */
export const RECORD_LIMITS = {
  /** Records per minute, of one listener and one credential. */
  perMinute: 200,
  /** Records between two writes, in total and of unknown credentials. */
  perWrite: 5_000,
  unknownPerWrite: 1_000
} as const

/** A call that failed or was refused. */
export interface CallRecord {
  id: string
  requestId: string
  at: number
  /** `refused`: no run was started. `failed`: its run failed. */
  outcome: 'refused' | 'failed'
  status: number
  code: string
  reason: string | null
  /** The exact name of what failed; null if there is none. */
  why: string | null
  listenerId: string | null
  kind: CredentialKind
  accountId: string | null
  tokenId: string | null
  customerId: string | null
  ip: string
  ms: number
  runId: string | null
  triedBy: string | null
}

export interface RecordBuffer {
  add(record: CallRecord): void
  /** Returns what was added, and empties the buffer. */
  take(): CallRecord[]
  readonly empty: boolean
}

export function createRecordBuffer(): RecordBuffer {
  let records: CallRecord[] = []
  let unknown = 0
  let minute = 0
  const ofMinute = new Map<string, number>()

  return {
    add(record) {
      const named = record.tokenId !== null || record.customerId !== null || record.accountId !== null
      if (records.length >= RECORD_LIMITS.perWrite) return
      if (!named && unknown >= RECORD_LIMITS.unknownPerWrite) return
      const now = Math.floor(record.at / MINUTE_MS)
      if (now !== minute) {
        minute = now
        ofMinute.clear()
      }
      const key = `${record.listenerId} ${record.tokenId ?? record.customerId ?? record.kind}`
      const count = ofMinute.get(key) ?? 0
      if (count >= RECORD_LIMITS.perMinute) return
      ofMinute.set(key, count + 1)
      records.push(record)
      if (!named) unknown++
    },
    take() {
      const taken = records
      records = []
      unknown = 0
      return taken
    },
    get empty() {
      return records.length === 0
    }
  }
}

import { auditLinkHash } from '../audit-line.ts'

export interface AuditLink {
  chain: number
  seq: string
  eventId: string
  hash: string
  line: string | null
}

/** The newest link of each chain, by the number of the chain. */
export type AuditHeads = Record<string, { seq: string; hash: string }>

export interface AuditCheck {
  /** Adds a link. All links must be added, in order. */
  add(link: AuditLink): void
  finish(): { lines: number; heads: AuditHeads; faults: string[] }
}

/** The most faults that are listed. */
const FAULTS_MAX = 20

/**
 * Verifies the chains of the audit log.
 * @param known the chain ends of an earlier check, which must still exist
 */
export function createAuditCheck(known: AuditHeads = {}): AuditCheck {
  const heads: AuditHeads = {}
  const missing = new Map(Object.entries(known))
  const faults: string[] = []
  let lines = 0

  const fault = (text: string): void => {
    if (faults.length < FAULTS_MAX) faults.push(text)
  }

  return {
    add({ chain, seq, eventId, hash, line }) {
      lines++
      const previous = heads[chain]
      const place = `chain ${chain}, link ${seq} (${eventId})`
      if (BigInt(seq) !== BigInt(previous?.seq ?? 0) + 1n) fault(`${place}: links before it are gone`)
      if (line === null) fault(`${place}: its line is gone`)
      else if (auditLinkHash(previous?.hash, line) !== hash) fault(`${place}: its line or its hash was changed`)
      const earlier = missing.get(String(chain))
      if (earlier?.seq === seq) {
        missing.delete(String(chain))
        if (earlier.hash !== hash) fault(`${place}: it was another one at the earlier check`)
      }
      // Continues from the stored hash, so that one change is reported as one fault.
      heads[chain] = { seq, hash }
    },
    finish() {
      for (const [chain, { seq }] of missing) fault(`chain ${chain}: link ${seq} of the earlier check is gone`)
      return { lines, heads, faults }
    }
  }
}

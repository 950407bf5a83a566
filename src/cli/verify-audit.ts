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
  /** Takes the links in their order, all of them. */
  add(link: AuditLink): void
  finish(): { lines: number; heads: AuditHeads; faults: string[] }
}

/** Faults that are listed. Where a line was changed, every later link of its chain would be one more. */
const FAULTS_MAX = 20

/**
 * Reckons the chains of the audit log again.
 * @param known links that were whole at an earlier check: they must still be there
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
      // Goes on from the hash that is stored, so that one change is one fault.
      heads[chain] = { seq, hash }
    },
    finish() {
      for (const [chain, { seq }] of missing) fault(`chain ${chain}: link ${seq} of the earlier check is gone`)
      return { lines, heads, faults }
    }
  }
}

import { holdsCredential } from '../../api/secret-guard.ts'
import { readStored, writeStored } from '../../lib/stored.ts'

/** An unsaved text that the browser keeps. */
export interface Draft {
  text: string
  /** The version that it was made from. */
  version: number
  at: string
}

// Kept while the page is open, so that a draft that may not be stored survives a change of tabs.
const held = new Map<string, Draft>()

export function readDraft(flowId: string): Draft | undefined {
  const draft = held.get(flowId)
  if (draft) return draft
  try {
    const draft = JSON.parse(readStored(`draft.${flowId}`) ?? 'null') as Partial<Draft> | null
    if (typeof draft?.text !== 'string' || typeof draft.version !== 'number') return undefined
    return { text: draft.text, version: draft.version, at: String(draft.at) }
  } catch {
    return undefined
  }
}

/** Keeps a draft, in the browser's storage unless it contains a credential. Returns whether it was stored. */
export function keepDraft(flowId: string, draft: Draft): boolean {
  held.set(flowId, draft)
  const allowed = !holdsCredential(draft.text)
  writeStored(`draft.${flowId}`, allowed ? JSON.stringify(draft) : undefined)
  return allowed
}

export function dropDraft(flowId: string): void {
  held.delete(flowId)
  writeStored(`draft.${flowId}`, undefined)
}

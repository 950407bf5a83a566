import { useEffect, useRef, useState } from 'react'
import type { Flow, FlowVersion } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh } from '../../api/use-api.ts'
import { yamlOf } from '../../flow/yaml.ts'
import { dropDraft, keepDraft, readDraft } from './draft.ts'
import { saveVersion, StaleVersion } from './save-version.ts'

/** Milliseconds after the last key at which a draft is kept. It is also kept when the page is left. */
const PAUSE_MS = 300

/**
 * The text of a flow while it is edited: the version that it is based on, its draft, and saving it as the next version.
 */
export function useDraft(flow: Flow, onSaved: () => void) {
  const [base, setBase] = useState(() => ({ version: flow.version, text: yamlOf(flow) }))
  const [draft] = useState(() => readDraft(flow.id))
  const [text, setText] = useState(draft?.text ?? base.text)
  const [madeFrom, setMadeFrom] = useState(draft?.version ?? base.version)
  const [keptAt, setKeptAt] = useState<string | undefined>(draft?.at)
  const [saved, setSaved] = useState('')
  const [note, setNote] = useState('')
  const [stale, setStale] = useState<FlowVersion>()

  const keep = useRef<() => void>(undefined)
  useEffect(() => {
    keep.current = undefined
    if (text === base.text) return dropDraft(flow.id)
    if (readDraft(flow.id)?.text === text) return undefined
    keep.current = () => {
      keep.current = undefined
      const at = new Date().toISOString()
      setKeptAt(keepDraft(flow.id, { text, version: madeFrom, at }) ? at : undefined)
    }
    const timer = setTimeout(() => keep.current?.(), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [flow.id, text, base.text, madeFrom])
  useEffect(() => {
    const leave = (): void => keep.current?.()
    window.addEventListener('pagehide', leave)
    return () => {
      window.removeEventListener('pagehide', leave)
      leave()
    }
  }, [])

  const save = useAction(async (from: number) => {
    const sent = text
    try {
      const made = await saveVersion(flow.id, sent, from, note)
      setBase({ version: made.version, text: sent })
      setMadeFrom(made.version)
      setStale(undefined)
      setNote('')
      setSaved(`Version ${made.version} saved. Listeners run version ${made.publishedVersion}.`)
      onSaved()
      await refresh(`/v1/workspaces/${flow.workspaceId}/flows`, `/v1/flows/${flow.id}`)
    } catch (error) {
      if (!(error instanceof StaleVersion)) throw error
      setStale(error.latest)
    }
  })

  return {
    text,
    base,
    madeFrom,
    keptAt,
    saved,
    note,
    setNote,
    stale,
    save,
    dirty: text !== base.text,
    change(next: string): void {
      setText(next)
      setSaved('')
    },
    /** From now on the draft counts as based on the latest version. */
    rebase(): void {
      setMadeFrom(base.version)
      setStale(undefined)
    }
  }
}

export type WrittenDraft = ReturnType<typeof useDraft>

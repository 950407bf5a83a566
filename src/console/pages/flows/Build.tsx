import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useAction } from '../../api/use-action.ts'
import { refresh } from '../../api/use-api.ts'
import { useFaults } from '../../flow/use-faults.ts'
import type { EditorHandle } from '../../flow/YamlEditor.tsx'
import type { Flow } from '../../api/types.ts'
import { yamlOf } from '../../flow/yaml.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { dropDraft, keepDraft, readDraft } from './draft.ts'
import { FaultList } from './FaultList.tsx'
import { FaultStatus } from './FaultStatus.tsx'
import type { FlowVersion } from '../../api/types.ts'
import { saveVersion, StaleVersion } from './save-version.ts'
import { StaleNote } from './StaleNote.tsx'

const YamlEditor = lazy(() => import('../../flow/YamlEditor.tsx'))

interface BuildProps {
  flow: Flow
  canEdit: boolean
  onSaved: () => void
}

/** The text of the latest version, as a document to change or to read. */
export function Build({ flow, canEdit, onSaved }: BuildProps) {
  if (canEdit) return <Write flow={flow} onSaved={onSaved} />
  return (
    <div className="panel stack p-4">
      <h2>YAML</h2>
      <Suspense fallback={<Skeleton lines={8} />}>
        <YamlEditor key={flow.version} first={yamlOf(flow)} readOnly />
      </Suspense>
    </div>
  )
}

function Write({ flow, onSaved }: Omit<BuildProps, 'canEdit'>) {
  const [base, setBase] = useState(() => ({ version: flow.version, text: yamlOf(flow) }))
  const [draft] = useState(() => readDraft(flow.id))
  const [text, setText] = useState(draft?.text ?? base.text)
  const [madeFrom, setMadeFrom] = useState(draft?.version ?? base.version)
  const [keptAt, setKeptAt] = useState<string | undefined>(draft?.at)
  const [saved, setSaved] = useState('')
  const [note, setNote] = useState('')
  const [stale, setStale] = useState<FlowVersion>()
  const [asking, setAsking] = useState(false)
  const editor = useRef<EditorHandle>(null)
  const judged = useFaults(text)
  const dirty = text !== base.text
  const ready = dirty && !judged.checking && judged.faults.length === 0

  function change(next: string): void {
    setText(next)
    setSaved('')
  }

  useEffect(() => {
    if (text === base.text) return dropDraft(flow.id)
    if (readDraft(flow.id)?.text === text) return
    const at = new Date().toISOString()
    setKeptAt(keepDraft(flow.id, { text, version: madeFrom, at }) ? at : undefined)
  }, [flow.id, text, base.text, madeFrom])

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

  function discard(): void {
    editor.current?.replace(base.text)
    setMadeFrom(base.version)
    setStale(undefined)
  }

  return (
    <div className="panel stack p-4">
      {stale && (
        <StaleNote
          flow={flow}
          latest={stale}
          text={text}
          onSaveAnyway={() => void save.run(stale.version)}
          pending={save.pending}
        />
      )}
      {save.error !== undefined && <ErrorNote error={save.error} />}
      <div className="row justify-between">
        <div className="row">
          <h2>YAML</h2>
          <FaultStatus checking={judged.checking} faults={judged.faults} />
          <span className="dim small">
            {dirty ? (
              <>
                Draft on version {madeFrom}
                {keptAt ? (
                  <>
                    , kept in this browser <Time at={keptAt} />
                  </>
                ) : (
                  ', not kept in this browser: a credential stands in it'
                )}
              </>
            ) : (
              `Version ${base.version}`
            )}
          </span>
        </div>
        <div className="row">
          {dirty && <Button onClick={() => setAsking(true)}>Discard draft…</Button>}
          <Button
            disabled={!ready}
            pending={save.pending}
            aria-keyshortcuts="Control+S Meta+S"
            onClick={() => void save.run(madeFrom)}
          >
            Save version
          </Button>
        </div>
      </div>
      <p role="status" className={saved ? 'text-ok' : 'sr-only'}>
        {saved}
      </p>
      <Suspense fallback={<Skeleton lines={8} />}>
        <YamlEditor
          ref={editor}
          first={text}
          faults={judged.faults}
          onChange={change}
          onSave={() => {
            if (ready) void save.run(madeFrom)
          }}
        />
      </Suspense>
      {dirty && (
        <TextField
          label="What changed"
          optional
          className="max-w-[640px]"
          maxLength={500}
          value={note}
          onChange={setNote}
        />
      )}
      <FaultList faults={judged.faults} onGo={(fault) => editor.current?.goTo(fault)} />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Discard the draft?"
        action="Discard draft"
        onConfirm={discard}
      >
        <p>The text is again that of version {base.version}. Ctrl Z in the editor brings the draft back.</p>
      </Confirm>
    </div>
  )
}

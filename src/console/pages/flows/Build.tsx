import { lazy, Suspense, useRef, useState } from 'react'
import type { Flow } from '../../api/types.ts'
import { useFaults } from '../../flow/use-faults.ts'
import { Workbench } from '../../flow/Workbench.tsx'
import type { EditorHandle } from '../../flow/YamlEditor.tsx'
import { yamlOf } from '../../flow/yaml.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { FaultList } from './FaultList.tsx'
import { FaultStatus } from './FaultStatus.tsx'
import { StaleNote } from './StaleNote.tsx'
import { useDraft, type WrittenDraft } from './use-draft.ts'

const YamlEditor = lazy(() => import('../../flow/YamlEditor.tsx'))

interface BuildProps {
  flow: Flow
  canEdit: boolean
  onSaved: () => void
}

/** The latest version, editable or read-only: its steps, its text, and its diagram. */
export function Build({ flow, canEdit, onSaved }: BuildProps) {
  return canEdit ? <Write flow={flow} onSaved={onSaved} /> : <Read flow={flow} />
}

function Read({ flow }: { flow: Flow }) {
  const text = yamlOf(flow)
  const editor = useRef<EditorHandle>(null)
  return (
    <Workbench flow={flow} text={text} faults={[]} editorRef={editor} canEdit={false}>
      {({ onCursor }) => (
        <Suspense fallback={<Skeleton lines={8} />}>
          <YamlEditor key={flow.version} ref={editor} first={text} readOnly onCursor={onCursor} />
        </Suspense>
      )}
    </Workbench>
  )
}

function Write({ flow, onSaved }: Omit<BuildProps, 'canEdit'>) {
  const draft = useDraft(flow, onSaved)
  const { text, base, madeFrom, dirty, save, stale } = draft
  const editor = useRef<EditorHandle>(null)
  const judged = useFaults(text)
  const ready = dirty && !judged.checking && judged.faults.length === 0
  const saveNow = (): void => {
    if (ready) void save.run(madeFrom)
  }
  return (
    <div className="stack">
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
      <p role="status" className={draft.saved ? 'text-ok' : 'sr-only'}>
        {draft.saved}
      </p>
      <Workbench
        flow={flow}
        text={text}
        faults={judged.faults}
        editorRef={editor}
        canEdit
        head={
          <>
            <FaultStatus checking={judged.checking} faults={judged.faults} />
            <DraftState draft={draft} />
          </>
        }
        actions={
          <>
            {dirty && <Discard draft={draft} onDiscard={() => editor.current?.replace(base.text)} />}
            <Button disabled={!ready} pending={save.pending} aria-keyshortcuts="Control+S Meta+S" onClick={saveNow}>
              Save version
            </Button>
          </>
        }
      >
        {({ onCursor }) => (
          <div className="flex min-w-0 flex-col gap-3">
            <Suspense fallback={<Skeleton lines={8} />}>
              <YamlEditor
                ref={editor}
                first={text}
                faults={judged.faults}
                onChange={draft.change}
                onSave={saveNow}
                onCursor={onCursor}
              />
            </Suspense>
            <FaultList faults={judged.faults} onGo={(fault) => editor.current?.goTo(fault)} />
            {dirty && (
              <TextField label="What changed" optional maxLength={500} value={draft.note} onChange={draft.setNote} />
            )}
          </div>
        )}
      </Workbench>
    </div>
  )
}

function DraftState({ draft: { dirty, madeFrom, keptAt, base } }: { draft: WrittenDraft }) {
  if (!dirty) return <span className="dim small">Version {base.version}</span>
  return (
    <span className="dim small">
      Draft on version {madeFrom}
      {keptAt ? (
        <>
          , kept in this browser <Time at={keptAt} />
        </>
      ) : (
        ', not kept in this browser: a credential stands in it'
      )}
    </span>
  )
}

function Discard({ draft, onDiscard }: { draft: WrittenDraft; onDiscard: () => void }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button onClick={() => setAsking(true)}>Discard draft…</Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Discard the draft?"
        action="Discard draft"
        onConfirm={() => {
          onDiscard()
          draft.rebase()
        }}
      >
        <p>The text is again that of version {draft.base.version}. Ctrl Z in the editor brings the draft back.</p>
      </Confirm>
    </>
  )
}

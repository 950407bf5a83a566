import {
  lazy,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
  type RefObject
} from 'react'
import { useQueryText } from '../lib/navigation.ts'
import { Button } from '../ui/Button.tsx'
import { Note } from '../ui/Note.tsx'
import { RedoIcon, UndoIcon } from '../ui/icons.tsx'
import { notify } from '../ui/notify.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { AddStep } from './outline/AddStep.tsx'
import { Outline, SETTINGS } from './outline/Outline.tsx'
import { StepMenu } from './outline/StepMenu.tsx'
import { useStepActions } from './outline/step-actions.ts'
import { outlineOf } from './outline.ts'
import { mockKey } from './simulate/mocks.ts'
import { useSimulation } from './simulate/use-simulation.ts'
import { Panes } from './Panes.tsx'
import { StepPane } from './StepPane.tsx'
import { tasksOf } from './tasks.ts'
import { stepAtOffset, stepRange } from './text/step-range.ts'
import { useGoodText } from './use-good-text.ts'
import type { EditorHandle } from './YamlEditor.tsx'
import type { Fault } from './yaml.ts'

// Views that are not shown at first are loaded on demand.
const Diagram = lazy(() => import('./diagram/Diagram.tsx'))
const OpenApiDialog = lazy(() => import('./openapi/OpenApiDialog.tsx'))
const Simulation = lazy(() => import('./simulate/Simulation.tsx'))

/**
 * A flow in all its views: outline, text or diagram, and the form of a step. The text is the document; every change in
 * another view is an edit of the text, in the one history of the editor.
 */
export function Workbench({
  flow,
  text,
  faults,
  editorRef,
  canEdit,
  head,
  actions: buttons,
  children
}: {
  /** `id` is undefined while the flow is not saved yet. */
  flow: { id: string | undefined; name: string; workspaceId: string }
  text: string
  faults: readonly Fault[]
  editorRef: RefObject<EditorHandle | null>
  canEdit: boolean
  head?: ReactNode
  actions?: ReactNode
  /** The editor. */
  children: EditorSlot
}) {
  const shown = useDeferredValue(text)
  /** The text after the last change by a form or the outline, and its data. */
  const [acted, setActed] = useState<{ text: string; data: unknown }>()
  const good = useGoodText(shown)
  // A form writes whole steps. If its data were older than its own last change, it would undo that change.
  const formed = acted?.text === text ? { data: acted.data, current: true } : good
  const rows = useMemo(() => outlineOf(good.data, faults), [good.data, faults])
  const [selected, setSelected] = useState<string>()
  const [focusKey, setFocusKey] = useState(0)
  const [view, setView] = useState('yaml')
  const [simulating, setSimulating] = useState(false)
  const [adding, setAdding] = useState(false)
  const [picking, setPicking] = useState(false)
  const simulation = useSimulation({ flowId: flow.id, workspaceId: flow.workspaceId, text })
  const { mocks, startFrom } = simulation
  const [{ simulate: runId }] = useQueryText()
  useEffect(() => {
    if (runId === undefined) return
    setSimulating(true)
    startFrom(runId).catch(() => notify('The run could not be read'))
  }, [runId, startFrom])
  const mocked = useMemo(
    () => new Set(rows.filter(({ pointer }) => mocks[mockKey(pointer)]).map(({ pointer }) => pointer)),
    [rows, mocks]
  )

  const select = useCallback(
    (pointer: string | undefined) => {
      setSelected(pointer)
      editorRef.current?.show(pointer ? stepRange(editorRef.current.text(), pointer) : undefined)
    },
    [editorRef]
  )
  const actions = useStepActions(text, editorRef, {
    onActed: (left, data) => setActed({ text: left, data }),
    onSelect(pointer, focus) {
      select(pointer)
      if (focus) setFocusKey((before) => before + 1)
    }
  })
  const onCursor = useCallback(
    (at: number) => {
      const pointer = stepAtOffset(editorRef.current?.text() ?? '', at)
      if (pointer !== undefined) setSelected(pointer)
    },
    [editorRef]
  )
  const editable = canEdit && formed.current ? actions : undefined
  const row = useMemo(() => tasksOf(formed.data).find(({ pointer }) => pointer === selected), [formed.data, selected])

  const openSimulation = useCallback(() => setSimulating(true), [])
  const openPalette = useCallback(() => setAdding(true), [])
  const openPicker = useCallback(() => setPicking(true), [])

  const tabs = [
    { value: 'yaml', label: 'YAML', kept: true, content: <TextSlot onCursor={onCursor}>{children}</TextSlot> },
    {
      value: 'diagram',
      label: 'Diagram',
      content: (
        <Suspense fallback={<Skeleton lines={8} />}>
          <Diagram document={good.data} name={flow.name} selected={selected} onSelect={select} />
        </Suspense>
      )
    }
  ]
  return (
    <>
      <div className="row justify-between">
        <div className="row">{head}</div>
        <div className="row">
          {canEdit && (
            <>
              <Button className="px-2" aria-label="Undo" onClick={() => editorRef.current?.undo()}>
                <UndoIcon />
              </Button>
              <Button className="px-2" aria-label="Redo" onClick={() => editorRef.current?.redo()}>
                <RedoIcon />
              </Button>
            </>
          )}
          <Button aria-expanded={simulating} onClick={() => setSimulating(!simulating)}>
            Simulate
          </Button>
          {buttons}
        </div>
      </div>
      <Panes
        left={
          <div className={`flex min-w-0 flex-col gap-3 ${good.faulty ? 'rounded-md bg-code' : ''}`}>
            <div className="row justify-between">
              <h2>Steps</h2>
              {editable && (
                <div className="row">
                  <AddStep
                    actions={editable}
                    after={selected}
                    open={adding}
                    onOpenChange={setAdding}
                    onOpenApi={openPicker}
                  />
                  {row && <StepMenu pointer={row.pointer} actions={editable} />}
                </div>
              )}
            </div>
            {good.faulty && <Note>The text has a fault{faults[0]?.line ? ` in line ${faults[0].line}` : ''}.</Note>}
            <Outline
              rows={rows}
              selected={selected}
              mocked={mocked}
              actions={editable}
              onSelect={select}
              onOpen={focusForm}
              onPalette={openPalette}
              paletteOpen={adding}
              focusKey={focusKey}
            />
          </div>
        }
        middle={<Tabs label="Views of the text" value={view} tabs={tabs} onChange={setView} />}
        right={
          <StepPane
            workspaceId={flow.workspaceId}
            data={formed.data}
            pointer={selected}
            settings={selected === SETTINGS}
            row={row}
            actions={editable}
            simulation={simulation}
            onSimulate={openSimulation}
          />
        }
      />
      {simulating && (
        <Suspense fallback={<Skeleton lines={6} />}>
          <Simulation
            simulation={simulation}
            document={good.data}
            canEdit={canEdit}
            onStep={select}
            onClose={() => setSimulating(false)}
          />
        </Suspense>
      )}
      {editable && picking && (
        <Suspense fallback={null}>
          <OpenApiDialog open onClose={() => setPicking(false)} onPick={(step) => editable.add(step, selected)} />
        </Suspense>
      )}
    </>
  )
}

function focusForm(): void {
  document.querySelector<HTMLElement>('#step-pane input, #step-pane select')?.focus()
}

type EditorSlot = (handlers: { onCursor: (at: number) => void }) => ReactNode

function TextSlot({ onCursor, children }: { onCursor: (at: number) => void; children: EditorSlot }) {
  return children({ onCursor })
}

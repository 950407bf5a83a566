import { useMemo } from 'react'
import type { Flow, Run } from '../../api/types.ts'
import { useUncached } from '../../api/use-uncached.ts'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { pointerWords, tasksOf } from '../../flow/tasks.ts'
import { useParam, useQueryText } from '../../lib/navigation.ts'
import { Id } from '../../ui/Id.tsx'
import { Json } from '../../ui/Json.tsx'
import { Live } from '../../ui/Live.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { RunStatus } from '../../ui/RunStatus.tsx'
import { Section } from '../../ui/Section.tsx'
import { Split } from '../../ui/Split.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useFlows } from '../flows/use-flows.ts'
import { RunActions } from './RunActions.tsx'
import { RunDiagram } from './RunDiagram.tsx'
import { RunFacts } from './RunFacts.tsx'
import { StepPane } from './StepPane.tsx'
import { stepRows, type StepRow } from './step-rows.ts'
import { Steps } from './Steps.tsx'
import { useRun } from './use-run.ts'

export default function RunPage() {
  const run = useRun(useParam('id'))
  return (
    <Loaded query={run} page>
      {(data) => <Details key={data.id} run={data} live={run.live} listening={run.listening} onChange={run.refetch} />}
    </Loaded>
  )
}

interface DetailsProps {
  run: Run
  live: boolean
  listening: boolean
  onChange: () => void
}

function Details({ run, live, listening, onChange }: DetailsProps) {
  const [{ step: wanted, tab = 'steps' }, setQuery] = useQueryText()
  const { nameOf } = useFlows(run.workspaceId)
  const flow = useUncached<Flow>(`/v1/flows/${run.flowId}`, { version: run.flowVersion })
  const rows = useMemo(() => stepRows(run.steps, tasksOf(flow.data?.document)), [run.steps, flow.data])
  const selected = chosenRow(rows, run, wanted)
  const select = (row: StepRow | undefined): void => setQuery({ step: row?.id }, { replace: true })
  return (
    <>
      <PageHead
        title={`Run of ${flow.data?.name ?? nameOf(run.flowId)}`}
        status={run.status}
        parent={{ to: '/runs', label: 'Runs' }}
        beside={
          <>
            <RunStatus status={run.status} />
            {live && <Live listening={listening} />}
            <Id id={run.id} />
          </>
        }
        actions={<RunActions run={run} published={flow.data?.publishedVersion} live={live} onChange={onChange} />}
      />
      <RoleNote workspaceId={run.workspaceId} />
      {run.error && (
        <Failure
          run={run}
          onSelect={(pointer) => select(rows.findLast((row) => row.pointer === pointer && row.step !== undefined))}
        />
      )}
      <Tabs
        label="Views of the run"
        value={tab === 'diagram' ? 'diagram' : 'steps'}
        onChange={(next) => setQuery({ tab: next === 'steps' ? undefined : next })}
        tabs={[
          {
            value: 'steps',
            label: 'What it did',
            content: (
              <Split>
                <div className="stack">
                  <Steps
                    run={run}
                    rows={rows}
                    selected={selected?.id}
                    onSelect={(id) => setQuery({ step: id }, { replace: true })}
                  />
                  <Section title="Input">
                    <Json value={run.input} label="The run's input" />
                  </Section>
                </div>
                <div className="stack">
                  {selected?.step && <StepPane key={selected.id} row={{ ...selected, step: selected.step }} />}
                  <RunFacts run={run} published={flow.data?.publishedVersion} />
                  <Section title="Output">
                    {run.status === 'succeeded' ? (
                      <Json value={run.output} label="The run's output" />
                    ) : (
                      <p className="dim">{live ? 'It is shown here when the run has ended.' : 'It gave no output.'}</p>
                    )}
                  </Section>
                </div>
              </Split>
            )
          },
          {
            value: 'diagram',
            label: 'Diagram',
            content: (
              <RunDiagram
                run={run}
                flow={flow}
                onSelect={(pointer) =>
                  setQuery({ tab: undefined, step: rows.findLast((row) => row.pointer === pointer && row.step)?.id })
                }
              />
            )
          }
        ]}
      />
    </>
  )
}

/** The reason of a failure in a sentence, and the step. */
function Failure({ run, onSelect }: { run: Run; onSelect: (pointer: string) => void }) {
  const { title, status, instance, detail } = run.error ?? { status: 500 }
  return (
    <Note tone="bad">
      <strong>{title ?? 'It failed'}</strong> ({status})
      {instance !== undefined && instance !== '' && (
        <>
          {' '}
          at{' '}
          <button
            type="button"
            className="text-left text-accent underline underline-offset-2"
            onClick={() => onSelect(instance)}
          >
            {pointerWords(instance) || instance}
          </button>
        </>
      )}
      .{detail && detail !== title && <> {detail}</>}
    </Note>
  )
}

/** The selected step: the one in the URL, else the one that failed, else the first. */
function chosenRow(rows: readonly StepRow[], run: Run, wanted: string | undefined): StepRow | undefined {
  const ran = rows.filter(({ step }) => step !== undefined)
  return (
    ran.find(({ id }) => id === wanted) ??
    ran.findLast(({ pointer }) => pointer === run.error?.instance) ??
    ran.findLast(({ step }) => step?.status === 'failed') ??
    ran[0]
  )
}

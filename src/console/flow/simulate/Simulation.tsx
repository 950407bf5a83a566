import { useState } from 'react'
import { plural } from '../../lib/plural.ts'
import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Json } from '../../ui/Json.tsx'
import { Note } from '../../ui/Note.tsx'
import { notify } from '../../ui/notify.tsx'
import { RunStatus } from '../../ui/RunStatus.tsx'
import { Section } from '../../ui/Section.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { nameOfPointer, pointerWords, tasksOf } from '../tasks.ts'
import { calledHosts } from './called-hosts.ts'
import { MockFields } from './MockFields.tsx'
import { SimulatedSteps } from './SimulatedSteps.tsx'
import type { Simulating } from './use-simulation.ts'

/** Simulates the draft. Nothing is saved or recorded, and nothing is called unless the person asks for it. */
export default function Simulation({
  simulation,
  document,
  canEdit,
  onStep,
  onClose
}: {
  simulation: Simulating
  document: unknown
  canEdit: boolean
  /** Shows a step in the other views. */
  onStep: (pointer: string) => void
  onClose: () => void
}) {
  const { input, setInput, run, result } = simulation
  return (
    <Section
      title="Simulation"
      beside={
        <div className="row">
          <Button
            onClick={() => void simulation.takeLastInput().then((found) => found || notify('The flow has no run yet'))}
          >
            Use the last call’s input
          </Button>
          <Button look="primary" pending={run.pending} onClick={() => void run.run()}>
            Run simulation
          </Button>
          <Button onClick={onClose}>Close</Button>
        </div>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 sm:grid-cols-2">
        <div className="stack">
          <TextArea label="Input" mono rows={5} value={input} onChange={setInput} />
          <MockFields simulation={simulation} tasks={tasksOf(document)} />
          {canEdit && <RealCalls simulation={simulation} document={document} />}
        </div>
        <div className="stack">
          {run.error !== undefined && <ErrorNote error={run.error} />}
          {result ? (
            <>
              <p role="status" className="row">
                <RunStatus status={result.status} /> {plural(result.steps.length, 'step')}
              </p>
              {result.error && <Failure simulation={simulation} document={document} />}
              <SimulatedSteps simulation={simulation} onStep={onStep} />
              {result.status === 'succeeded' && (
                <div>
                  <h3>Output</h3>
                  <Json value={result.output} label="The simulation’s output" />
                </div>
              )}
            </>
          ) : (
            <p className="dim">It runs the text as it is now. Calls answer what their mocks say.</p>
          )}
        </div>
      </div>
    </Section>
  )
}

function Failure({ simulation, document }: { simulation: Simulating; document: unknown }) {
  const error = simulation.result?.error
  if (!error) return null
  const { title, detail, instance = '' } = error
  const known = tasksOf(document).some(({ pointer }) => pointer === instance)
  return (
    <Note
      tone="bad"
      action={
        title === 'Not mocked' &&
        known && (
          <Button onClick={() => void simulation.addMock(instance)}>Add a mock for {nameOfPointer(instance)}</Button>
        )
      }
    >
      <strong>{title ?? 'It failed'}</strong> {instance && <>at {pointerWords(instance) || instance}</>}. {detail}
    </Note>
  )
}

const agreed = { toRealCalls: false }

/** Real calls have effects, so the person confirms them once while the page is open. */
function RealCalls({ simulation, document }: { simulation: Simulating; document: unknown }) {
  const [asking, setAsking] = useState(false)
  const hosts = calledHosts(document)
  return (
    <>
      <Check
        label="Make real calls"
        hint="Of steps that have no mock."
        checked={simulation.live}
        onChange={(on) => (on && !agreed.toRealCalls ? setAsking(true) : simulation.setLive(on))}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Make real calls?"
        action="Make real calls"
        onConfirm={() => {
          agreed.toRealCalls = true
          simulation.setLive(true)
        }}
      >
        <p>
          These calls reach {hosts.length > 0 ? hosts.join(', ') : 'the systems that the flow names'}. POST and DELETE
          happen.
        </p>
      </Confirm>
    </>
  )
}

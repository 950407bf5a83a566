import { useEffect, useRef } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CheckIcon, CrossIcon } from '../../ui/icons.tsx'
import { Json } from '../../ui/Json.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { nameOfPointer } from '../tasks.ts'
import { dataChanges } from './data-changes.ts'
import { mockKey } from './mocks.ts'
import type { Simulating } from './use-simulation.ts'

/** The steps of a simulation. The selected one is shown in the other views too. */
export function SimulatedSteps({ simulation, onStep }: { simulation: Simulating; onStep: (pointer: string) => void }) {
  const { result, shown, setShown, upTo, mocks } = simulation
  const all = result?.steps ?? []
  const end = upTo === undefined ? -1 : all.findIndex(({ pointer }) => pointer === upTo)
  const steps = end < 0 ? all : all.slice(0, end + 1)
  const step = steps[Math.min(shown, steps.length - 1)]
  const told = useRef(onStep)
  useEffect(() => {
    told.current = onStep
  })
  useEffect(() => {
    if (step) told.current(step.pointer)
  }, [step])
  if (!step) return <p className="dim">It had no steps.</p>
  const changes = dataChanges(step.input, step.output)
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="row">
        <Button disabled={shown <= 0} onClick={() => setShown(shown - 1)}>
          Previous step
        </Button>
        <Button disabled={shown >= steps.length - 1} onClick={() => setShown(shown + 1)}>
          Next step
        </Button>
      </div>
      <ol aria-label="Steps" className="flex max-h-60 flex-col overflow-auto rounded-md border border-line">
        {steps.map(({ pointer, status, attempt }, index) => (
          <li key={index}>
            <button
              type="button"
              className={
                'flex w-full items-center gap-2 px-2 py-1 text-left -outline-offset-2 ' +
                'aria-[current]:bg-accent-soft'
              }
              aria-current={index === shown ? 'step' : undefined}
              onClick={() => setShown(index)}
            >
              <span className="min-w-0 flex-1 break-words">{nameOfPointer(pointer)}</span>
              {attempt > 1 && <span className="dim small">attempt {attempt}</span>}
              {mocks[mockKey(pointer)] && <Tag>mock</Tag>}
              <span role="img" aria-label={status} className={status === 'failed' ? 'text-bad' : 'text-ok'}>
                {status === 'failed' ? <CrossIcon /> : <CheckIcon />}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <h3>
        {nameOfPointer(step.pointer)}: input → {step.error ? 'error' : 'output'}
      </h3>
      {changes.length > 0 && (
        <ul className="mono small">
          {changes.map(({ sign, path, text }) => (
            <li key={path} className={`break-words ${sign === '−' ? 'text-bad' : sign === '+' ? 'text-ok' : ''}`}>
              {sign} {path}
              {text && `: ${text}`}
            </li>
          ))}
        </ul>
      )}
      <Json value={step.input} label="Input of the step" />
      {step.error?.instance !== undefined && step.error.instance === result?.error?.instance ? (
        <p className="dim">It gave the error above.</p>
      ) : (
        <Json value={step.error ?? step.output} label={step.error ? 'Error of the step' : 'Output of the step'} />
      )}
      {step.console !== undefined && <Json value={step.console} label="Console of the step" />}
    </div>
  )
}

import { lazy, Suspense, useMemo } from 'react'
import type { Flow, Run } from '../../api/types.ts'
import type { Passed } from '../../flow/diagram/Diagram.tsx'
import { Loaded, type Readable } from '../../ui/Loaded.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'

const Diagram = lazy(() => import('../../flow/diagram/Diagram.tsx'))

/** The way of a run through its flow. A step that ran several times shows its last execution. */
export function RunDiagram({
  run,
  flow,
  onSelect
}: {
  run: Run
  flow: Readable<Flow>
  onSelect: (pointer: string) => void
}) {
  const path = useMemo(
    () =>
      new Map(run.steps.map(({ pointer, status, durationMs }): [string, Passed] => [pointer, { status, durationMs }])),
    [run.steps]
  )
  return (
    <Loaded query={flow}>
      {({ document, name }) => (
        <Suspense fallback={<Skeleton lines={8} />}>
          <Diagram document={document} name={`${name}-${run.id}`} path={path} onSelect={onSelect} />
        </Suspense>
      )}
    </Loaded>
  )
}

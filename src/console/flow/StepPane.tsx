import { lazy, memo, Suspense, useMemo } from 'react'
import { Button } from '../ui/Button.tsx'
import { Json } from '../ui/Json.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { BuilderContext, type Builder } from './forms/builder-context.ts'
import type { StepActions } from './outline/step-actions.ts'
import { siblingsOf } from './schema-names.ts'
import type { Simulating } from './simulate/use-simulation.ts'
import { isRecord, pathOfPointer, placeOfPointer, type FlowTask } from './tasks.ts'

const SettingsForm = lazy(() => import('./forms/SettingsForm.tsx'))
const StepForm = lazy(() => import('./forms/StepForm.tsx'))

/** The form of the selected step, or of the flow itself, and the result of the last simulation for it. */
export const StepPane = memo(Pane)

function Pane({
  workspaceId,
  data,
  pointer,
  settings,
  row,
  actions,
  simulation,
  onSimulate
}: {
  workspaceId: string
  data: unknown
  pointer: string | undefined
  settings: boolean
  row: FlowTask | undefined
  actions: StepActions | undefined
  simulation: Simulating
  onSimulate: () => void
}) {
  const step = simulation.result?.steps.findLast((each) => each.pointer === pointer)
  const { preview } = simulation
  const builder = useMemo((): Builder => {
    const path = pathOfPointer(pointer ?? '').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
    return {
      workspaceId,
      document: data,
      pointer: pointer ?? '',
      siblings: siblingsOf(data, path),
      input: step?.input,
      preview: preview && step && pointer ? (code, signal) => preview(pointer, code, signal) : undefined
    }
  }, [workspaceId, data, pointer, step, preview])

  if (!settings && !row) return <p className="dim">Choose a step to see its form.</p>
  if (!actions) return row ? <ReadOnly row={row} /> : null
  return (
    <BuilderContext value={builder}>
      <Suspense fallback={<Skeleton lines={6} />}>
        {settings ? (
          <SettingsForm
            key="settings"
            task={isRecord(data) ? data : {}}
            onChange={(next) => actions.change([], next)}
          />
        ) : (
          row && (
            <StepForm
              // A renamed step keeps its form and the focused field.
              key={placeOfPointer(row.pointer)}
              name={row.name}
              kind={row.kind}
              task={row.task}
              taken={builder.siblings}
              onChange={(next) => actions.change(pathOfPointer(row.pointer), next)}
              onRename={(name) => actions.rename(row.pointer, name)}
            >
              <h3>Last simulation</h3>
              {step ? (
                <Json value={step.error ?? step.output} label="What the step gave in the last simulation" />
              ) : (
                <p className="dim small">It has not run yet.</p>
              )}
              <div className="row">
                {step?.output !== undefined && (
                  <Button
                    onClick={() => {
                      onSimulate()
                      simulation.mockWith(row.pointer, step.output)
                    }}
                  >
                    Use as mock
                  </Button>
                )}
                <Button
                  onClick={() => {
                    onSimulate()
                    void simulation.run.run(row.pointer)
                  }}
                >
                  Run to here
                </Button>
              </div>
            </StepForm>
          )
        )}
      </Suspense>
    </BuilderContext>
  )
}

function ReadOnly({ row }: { row: FlowTask }) {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <h2 className="break-words">{row.name}</h2>
      <Json value={row.task} label={`The step ${row.name}`} />
    </div>
  )
}

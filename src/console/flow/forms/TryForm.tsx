import { Button } from '../../ui/Button.tsx'
import { Select } from '../../ui/Select.tsx'
import { valueAt } from '../outline.ts'
import { isRecord } from '../tasks.ts'
import { DurationField } from './DurationField.tsx'
import { CodeField, LineField, NumberField } from './fields.tsx'
import type { TaskFormProps } from './task-form.ts'
import { ThenField } from './ThenField.tsx'
import { withPath } from './values.ts'

const BACKOFFS = [
  { value: '', label: 'the same each time' },
  { value: 'linear', label: 'a little longer each time' },
  { value: 'exponential', label: 'twice as long each time' }
]

export function TryForm({ task, onChange }: TaskFormProps) {
  const set = (path: readonly string[], value: unknown): void => onChange(withPath(task, ['catch', ...path], value))
  const retry = valueAt(task, 'catch', 'retry')
  const handles = valueAt(task, 'catch', 'do')
  const [backoff = ''] = Object.keys((valueAt(retry, 'backoff') as object | undefined) ?? {})
  return (
    <>
      <NumberField
        label="Only errors with status"
        optional
        value={valueAt(task, 'catch', 'errors', 'with', 'status')}
        onChange={(next) => set(['errors', 'with', 'status'], next)}
      />
      <LineField
        label="Only errors of type"
        optional
        value={valueAt(task, 'catch', 'errors', 'with', 'type')}
        onChange={(next) => set(['errors', 'with', 'type'], next)}
      />
      <CodeField
        label="Only errors where"
        optional
        hint="The error is . and $error"
        value={valueAt(task, 'catch', 'when')}
        onChange={(next) => set(['when'], next)}
      />
      {typeof retry === 'string' ? (
        <p className="dim">It tries again as {retry} of the flow says.</p>
      ) : (
        <>
          <NumberField
            label="Try again, times"
            optional
            value={valueAt(retry, 'limit', 'attempt', 'count')}
            onChange={(count) =>
              set(
                ['retry'],
                count === undefined
                  ? undefined
                  : withPath(isRecord(retry) ? retry : { delay: { seconds: 1 } }, ['limit', 'attempt', 'count'], count)
              )
            }
          />
          {isRecord(retry) && (
            <>
              <DurationField
                label="Wait before"
                value={retry['delay']}
                onChange={(next) => set(['retry', 'delay'], next)}
              />
              <Select
                label="Wait"
                value={backoff}
                options={BACKOFFS}
                onChange={(next) => set(['retry', 'backoff'], next === '' ? undefined : { [next]: {} })}
              />
            </>
          )}
        </>
      )}
      {!Array.isArray(handles) && (
        <Button
          onClick={() =>
            onChange({
              ...task,
              catch: {
                ...(isRecord(task['catch']) ? task['catch'] : {}),
                do: [{ whenItFails: { set: { failed: true } } }]
              }
            })
          }
        >
          Add a step for when it fails
        </Button>
      )}
      <ThenField
        label="Then, when it failed"
        value={valueAt(task, 'catch', 'then')}
        onChange={(next) => set(['then'], next)}
      />
    </>
  )
}

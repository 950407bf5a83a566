import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { CrossIcon } from '../../ui/icons.tsx'
import { Select } from '../../ui/Select.tsx'
import { valueAt } from '../outline.ts'
import { freeName } from '../palette.ts'
import { isRecord } from '../tasks.ts'
import { CodeField, LineField, NumberField, ValueField } from './fields.tsx'
import type { TaskFormProps } from './task-form.ts'
import { ThenField } from './ThenField.tsx'
import { withMember, withPath } from './values.ts'

type Case = [name: string, body: Record<string, unknown>]

export function SwitchForm({ task, onChange }: TaskFormProps) {
  const written = Array.isArray(task['switch']) ? (task['switch'] as unknown[]) : []
  const cases = written.flatMap((each): Case[] => {
    const [name, body] = isRecord(each) ? (Object.entries(each)[0] ?? []) : []
    return name === undefined ? [] : [[name, isRecord(body) ? body : {}]]
  })
  const put = (next: readonly Case[]): void =>
    onChange({ ...task, switch: next.map(([name, body]) => ({ [name]: body })) })
  const change = (index: number, next: Case): void => put(cases.map((each, at) => (at === index ? next : each)))
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="label mb-1">Cases</legend>
      <p className="dim small">The first that fits decides. One without a condition fits always.</p>
      {cases.map(([name, body], index) => (
        <div key={index} className="flex flex-col gap-2 border-l-2 border-line pl-2">
          <div className="flex items-end gap-1">
            <div className="flex-1">
              <LineField
                label={`Case ${index + 1}`}
                value={name}
                onChange={(next) => next !== undefined && change(index, [next, body])}
              />
            </div>
            {cases.length > 1 && (
              <Button
                look="quiet"
                className="px-1.5"
                aria-label={`Remove case ${name}`}
                onClick={() => put(cases.filter((_, at) => at !== index))}
              >
                <CrossIcon />
              </Button>
            )}
          </div>
          <CodeField
            label={`When ${name}`}
            optional
            value={body['when']}
            onChange={(when) =>
              change(index, [
                name,
                when === undefined
                  ? withMember(body, 'when', undefined)
                  : { when, ...withMember(body, 'when', undefined) }
              ])
            }
          />
          <ThenField
            label={`Then for ${name}`}
            required
            value={body['then']}
            onChange={(then) => change(index, [name, withMember(body, 'then', then)])}
          />
        </div>
      ))}
      <Button
        onClick={() =>
          put([
            ...cases,
            [
              freeName(
                'case',
                cases.map(([name]) => name)
              ),
              { when: '.ok', then: 'continue' }
            ]
          ])
        }
      >
        Add case
      </Button>
    </fieldset>
  )
}

export function ForForm({ task, onChange }: TaskFormProps) {
  const set = (key: string, value: unknown): void => onChange(withPath(task, ['for', key], value))
  return (
    <>
      <CodeField
        label="Each of"
        hint="A list, such as .lines"
        value={valueAt(task, 'for', 'in')}
        onChange={(next) => set('in', next ?? '.')}
      />
      <LineField
        label="Name of the item"
        optional
        hint="In expressions it is $item, or $ with this name."
        value={valueAt(task, 'for', 'each')}
        onChange={(next) => set('each', next)}
      />
      <LineField
        label="Name of the index"
        optional
        value={valueAt(task, 'for', 'at')}
        onChange={(next) => set('at', next)}
      />
      <CodeField
        label="As long as"
        optional
        value={task['while']}
        onChange={(next) => onChange(withMember(task, 'while', next))}
      />
    </>
  )
}

export function ForkForm({ task, onChange }: TaskFormProps) {
  const branches = valueAt(task, 'fork', 'branches')
  const list = Array.isArray(branches) ? (branches as unknown[]) : []
  const names = list.flatMap((each) => (isRecord(each) ? Object.keys(each) : []))
  return (
    <>
      <Check
        label="The first that ends wins"
        hint="The others stop."
        checked={valueAt(task, 'fork', 'compete') === true}
        onChange={(next) => onChange(withPath(task, ['fork', 'compete'], next ? true : undefined))}
      />
      <Button
        onClick={() =>
          onChange(
            withPath(task, ['fork', 'branches'], [...list, { [freeName('branch', names)]: { set: { done: true } } }])
          )
        }
      >
        Add branch
      </Button>
    </>
  )
}

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

export function RaiseForm({ task, onChange }: TaskFormProps) {
  const error = valueAt(task, 'raise', 'error')
  if (typeof error === 'string') {
    return (
      <LineField
        label="Error"
        hint="One of use.errors"
        value={error}
        onChange={(next) => onChange(withPath(task, ['raise', 'error'], next ?? ''))}
      />
    )
  }
  const set = (key: string, value: unknown): void => onChange(withPath(task, ['raise', 'error', key], value))
  return (
    <>
      <NumberField
        label="Status"
        hint="What the caller gets, such as 404."
        value={valueAt(error, 'status')}
        onChange={(next) => set('status', next ?? 500)}
      />
      <ValueField label="Title" value={valueAt(error, 'title')} onChange={(next) => set('title', next)} />
      <ValueField label="Detail" optional value={valueAt(error, 'detail')} onChange={(next) => set('detail', next)} />
      <LineField
        label="Type"
        hint="An address that names this kind of error."
        value={valueAt(error, 'type')}
        onChange={(next) => set('type', next ?? '')}
      />
    </>
  )
}

export function WaitForm({ task, onChange }: TaskFormProps) {
  return (
    <DurationField
      label="Wait"
      value={task['wait']}
      onChange={(next) => onChange({ ...task, wait: next ?? { seconds: 1 } })}
    />
  )
}

const UNITS = ['milliseconds', 'seconds', 'minutes', 'hours', 'days'].map((value) => ({ value, label: value }))

/** A number with a unit; what is written as text stays text. */
export function DurationField({
  label,
  value,
  onChange,
  optional = false
}: {
  label: string
  value: unknown
  onChange: (value: unknown) => void
  optional?: boolean
}) {
  const entries = isRecord(value) ? Object.entries(value) : []
  const [[unit, count] = ['seconds', undefined]] = entries
  if (typeof value === 'string' || entries.length > 1) {
    return (
      <ValueField
        label={label}
        hint="PT30S is 30 seconds, PT5M is 5 minutes"
        optional={optional}
        value={value}
        onChange={onChange}
      />
    )
  }
  return (
    <div className="flex items-end gap-2">
      <NumberField
        label={label}
        optional={optional}
        value={count}
        onChange={(next) => onChange(next === undefined ? undefined : { [unit]: next })}
      />
      <Select
        label={`Unit of ${label}`}
        value={unit}
        options={UNITS}
        onChange={(next) => onChange({ [next]: count ?? 1 })}
      />
    </div>
  )
}

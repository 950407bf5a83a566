import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { valueAt } from '../outline.ts'
import { freeName } from '../palette.ts'
import { isRecord } from '../tasks.ts'
import { DurationField } from './DurationField.tsx'
import { CodeField, LineField, NumberField, ValueField } from './fields.tsx'
import type { TaskFormProps } from './task-form.ts'
import { withMember, withPath } from './values.ts'

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

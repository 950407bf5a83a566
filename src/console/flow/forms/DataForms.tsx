import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import type { FlowSummary, Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { valueAt } from '../outline.ts'
import { isRecord } from '../tasks.ts'
import { useBuilder } from './builder-context.ts'
import { LineField, ValueField } from './fields.tsx'
import { Rows } from './Rows.tsx'
import type { TaskFormProps } from './task-form.ts'
import { useTyped } from './use-typed.ts'
import { withPath } from './values.ts'

export function SetForm({ task, onChange }: TaskFormProps) {
  if (!isRecord(task['set'])) {
    return (
      <>
        <ValueField label="Data" value={task['set']} onChange={(next) => onChange({ ...task, set: next ?? {} })} />
        <Button onClick={() => onChange({ ...task, set: { name: task['set'] ?? '' } })}>Set value by value</Button>
      </>
    )
  }
  return (
    <Rows
      legend="Values"
      noun="value"
      keep
      value={task['set']}
      onChange={(next) => onChange({ ...task, set: next ?? {} })}
    />
  )
}

export function ScriptForm({ task, onChange }: TaskFormProps) {
  const set = (key: string, value: unknown): void => onChange(withPath(task, ['run', 'script', key], value))
  const [code, setCode] = useTyped(String(valueAt(task, 'run', 'script', 'code') ?? ''), (next) => set('code', next))
  const args = valueAt(task, 'run', 'script', 'arguments')
  return (
    <>
      {args === undefined || isRecord(args) ? (
        <Rows legend="Arguments" noun="argument" value={args} onChange={(next) => set('arguments', next)} />
      ) : (
        <ValueField label="Arguments" value={args} onChange={(next) => set('arguments', next)} />
      )}
      <TextArea
        label="Code"
        hint="JavaScript. The arguments are variables; what it returns is the output."
        mono
        rows={10}
        value={code}
        onChange={setCode}
      />
    </>
  )
}

export function WorkflowForm({ task, onChange }: TaskFormProps) {
  const { workspaceId } = useBuilder()
  const { data } = useRead<Page<FlowSummary>>(`/v1/workspaces/${workspaceId}/flows`, {
    query: { limit: 200 },
    enabled: workspaceId !== ''
  })
  const set = (key: string, value: unknown): void => onChange(withPath(task, ['run', 'workflow', key], value))
  const given = (key: string): string => String(valueAt(task, 'run', 'workflow', key) ?? '')
  const chosen = `${given('namespace')}/${given('name')}`
  const known = (data?.items ?? []).map(({ namespace, name }) => `${namespace ?? 'default'}/${name}`)
  return (
    <>
      <Select
        label="Flow"
        value={chosen}
        options={[...new Set([chosen, ...known])].map((value) => ({ value, label: value }))}
        onChange={(next) => {
          const [namespace = '', name = ''] = next.split('/')
          const before = valueAt(task, 'run', 'workflow')
          onChange(withPath(task, ['run', 'workflow'], { ...(isRecord(before) ? before : {}), namespace, name }))
        }}
      />
      <LineField
        label="Version"
        optional
        hint="“latest” is the published one."
        value={valueAt(task, 'run', 'workflow', 'version')}
        onChange={(next) => set('version', next)}
      />
      <ValueField
        label="What it gets"
        optional
        tall
        value={valueAt(task, 'run', 'workflow', 'input')}
        onChange={(next) => set('input', next)}
      />
      <Check
        label="Wait for what it gives"
        hint="Otherwise it is a run of its own, and this flow goes on at once."
        checked={valueAt(task, 'run', 'await') !== false}
        onChange={(next) => onChange(withPath(task, ['run', 'await'], next ? undefined : false))}
      />
    </>
  )
}

export function EmitForm({ task, onChange }: TaskFormProps) {
  const set = (key: string, value: unknown): void => onChange(withPath(task, ['emit', 'event', 'with', key], value))
  const data = valueAt(task, 'emit', 'event', 'with', 'data')
  return (
    <>
      <LineField
        label="Event type"
        hint="Such as com.example.order.placed"
        value={valueAt(task, 'emit', 'event', 'with', 'type')}
        onChange={(next) => set('type', next ?? '')}
      />
      <LineField
        label="Subject"
        optional
        value={valueAt(task, 'emit', 'event', 'with', 'subject')}
        onChange={(next) => set('subject', next)}
      />
      {isRecord(data) ? (
        <Rows legend="Data" noun="value" keep value={data} onChange={(next) => set('data', next)} />
      ) : (
        <ValueField label="Data" optional tall value={data} onChange={(next) => set('data', next)} />
      )}
    </>
  )
}

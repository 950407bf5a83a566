import { Check } from '../../ui/Check.tsx'
import { Select } from '../../ui/Select.tsx'
import { valueAt } from '../outline.ts'
import { isRecord } from '../tasks.ts'
import { useBuilder } from './builder-context.ts'
import { LineField, ValueField } from './fields.tsx'
import { Folded } from './Folded.tsx'
import { Rows } from './Rows.tsx'
import type { TaskFormProps } from './task-form.ts'
import { withPath } from './values.ts'

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'].map((value) => ({
  value,
  label: value.toUpperCase()
}))
const OUTPUTS = [
  { value: '', label: 'What the answer holds' },
  { value: 'response', label: 'The answer with its status and headers' },
  { value: 'raw', label: 'Its bytes, as base64' }
]

export function HttpForm({ task, onChange }: TaskFormProps) {
  const set = (path: readonly string[], value: unknown): void => onChange(withPath(task, ['with', ...path], value))
  const endpoint = valueAt(task, 'with', 'endpoint')
  const uri = isRecord(endpoint) ? endpoint['uri'] : endpoint
  const authentication = isRecord(endpoint) ? endpoint['authentication'] : undefined
  const setEndpoint = (next: unknown, auth: unknown): void =>
    set(
      ['endpoint'],
      auth === undefined && !isRecord(endpoint)
        ? next
        : { uri: next, ...(auth === undefined ? {} : { authentication: auth }) }
    )
  return (
    <>
      <Select
        label="Method"
        value={String(valueAt(task, 'with', 'method') ?? 'get').toLowerCase()}
        options={METHODS}
        onChange={(method) => set(['method'], method)}
      />
      <ValueField
        label="Endpoint"
        hint="{name} is taken from the step’s input."
        value={uri}
        onChange={(next) => setEndpoint(next, authentication)}
      />
      <AuthenticationField value={authentication} onChange={(next) => setEndpoint(uri, next)} />
      <Rows
        legend="Query"
        noun="parameter"
        value={valueAt(task, 'with', 'query')}
        onChange={(next) => set(['query'], next)}
      />
      <Rows
        legend="Headers"
        noun="header"
        value={valueAt(task, 'with', 'headers')}
        onChange={(next) => set(['headers'], next)}
      />
      <BodyField value={valueAt(task, 'with', 'body')} onChange={(next) => set(['body'], next)} />
      <Folded title="Answer">
        <AnswerFields task={task} set={set} />
      </Folded>
    </>
  )
}

function AnswerFields({
  task,
  set
}: {
  task: TaskFormProps['task']
  set: (path: readonly string[], value: unknown) => void
}) {
  return (
    <>
      <Select
        label="What becomes the output"
        value={String(valueAt(task, 'with', 'output') ?? '').replace('content', '')}
        options={OUTPUTS}
        onChange={(next) => set(['output'], next === '' ? undefined : next)}
      />
      <Check
        label="Follow redirects"
        checked={valueAt(task, 'with', 'redirect') === true}
        onChange={(next) => set(['redirect'], next ? true : undefined)}
      />
    </>
  )
}

/** The body. A map of values is edited row by row, everything else as one value. */
function BodyField({ value, onChange }: { value: unknown; onChange: (value: unknown) => void }) {
  if (value === undefined || isRecord(value)) {
    return <Rows legend="Body" noun="field" value={value} onChange={onChange} />
  }
  return <ValueField label="Body" optional tall value={value} onChange={onChange} />
}

/** One of the credentials that the settings of the flow hold. */
function AuthenticationField({ value, onChange }: { value: unknown; onChange: (value: unknown) => void }) {
  const { document } = useBuilder()
  const names = Object.keys((valueAt(document, 'use', 'authentications') as object | undefined) ?? {})
  const used = valueAt(value, 'use')
  const own = value !== undefined && used === undefined
  return (
    <Select
      label="Authentication"
      value={own ? '*' : String(used ?? '')}
      options={[
        { value: '', label: 'None' },
        ...names.map((name) => ({ value: name, label: name })),
        ...(own ? [{ value: '*', label: 'As written in the YAML' }] : [])
      ]}
      hint={names.length === 0 ? 'Credentials are added in the flow settings.' : undefined}
      onChange={(next) => next !== '*' && onChange(next === '' ? undefined : { use: next })}
    />
  )
}

export function OpenApiForm({ task, onChange }: TaskFormProps) {
  const set = (path: readonly string[], value: unknown): void => onChange(withPath(task, ['with', ...path], value))
  const endpoint = valueAt(task, 'with', 'document', 'endpoint')
  return (
    <>
      <ValueField
        label="Document"
        hint="The address of the OpenAPI document. It is read when the flow is saved."
        value={isRecord(endpoint) ? endpoint['uri'] : endpoint}
        onChange={(next) => set(['document', 'endpoint'], isRecord(endpoint) ? { ...endpoint, uri: next } : next)}
      />
      <LineField
        label="Operation"
        value={valueAt(task, 'with', 'operationId')}
        onChange={(next) => set(['operationId'], next ?? '')}
      />
      <Rows
        legend="Parameters"
        noun="parameter"
        value={valueAt(task, 'with', 'parameters')}
        onChange={(next) => set(['parameters'], next)}
      />
      <AuthenticationField
        value={valueAt(task, 'with', 'authentication')}
        onChange={(next) => set(['authentication'], next)}
      />
      <Folded title="Answer">
        <AnswerFields task={task} set={set} />
      </Folded>
    </>
  )
}

export function FunctionForm({ task, onChange }: TaskFormProps) {
  const { document } = useBuilder()
  const names = Object.keys((valueAt(document, 'use', 'functions') as object | undefined) ?? {})
  const called = String(task['call'])
  return (
    <>
      <Select
        label="Function"
        value={called}
        options={[...new Set([called, ...names])].map((name) => ({ value: name, label: name }))}
        hint={
          names.length === 0 ? 'The flow has no functions yet: they stand in use.functions of its YAML.' : undefined
        }
        onChange={(name) => onChange({ ...task, call: name })}
      />
      <Rows
        legend="Arguments"
        noun="argument"
        value={task['with']}
        onChange={(next) => onChange(withPath(task, ['with'], next))}
      />
    </>
  )
}

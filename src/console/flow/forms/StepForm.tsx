import { createElement, type ComponentType, type ReactNode } from 'react'
import { Tag } from '../../ui/Tag.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { CommonFields } from './CommonFields.tsx'
import { FunctionForm, HttpForm, OpenApiForm } from './CallForms.tsx'
import { ForForm, ForkForm, RaiseForm, WaitForm } from './ControlForms.tsx'
import { SwitchForm } from './SwitchForm.tsx'
import { TryForm } from './TryForm.tsx'
import { EmitForm, ScriptForm, SetForm, WorkflowForm } from './DataForms.tsx'
import { ListenForm } from './EventForms.tsx'
import type { TaskFormProps } from './task-form.ts'
import { useTyped } from './use-typed.ts'

/** The form of a step. Settings without a field can be changed in the text. */
export default function StepForm({
  name,
  kind,
  task,
  taken,
  onChange,
  onRename,
  children
}: TaskFormProps & {
  name: string
  kind: string
  /** Names of the steps beside it. */
  taken: readonly string[]
  onRename: (name: string) => void
  children?: ReactNode
}) {
  const form = formFor(kind)
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="row justify-between">
        <h2 className="min-w-0 break-words">{name}</h2>
        <Tag>{kind}</Tag>
      </div>
      <NameField name={name} taken={taken} onRename={onRename} />
      {form && createElement(form, { task, onChange })}
      <CommonFields task={task} onChange={onChange} />
      {children}
    </div>
  )
}

/** The name takes effect when the field loses the focus; otherwise each key would rename the step. */
function NameField({
  name,
  taken,
  onRename
}: {
  name: string
  taken: readonly string[]
  onRename: (name: string) => void
}) {
  const [typed, setTyped] = useTyped(name)
  const wanted = typed.trim()
  const error =
    wanted === '' ? 'A step needs a name.' : taken.includes(wanted) ? 'A step beside it has this name.' : undefined
  const done = (): void => {
    if (error === undefined && wanted !== name) onRename(wanted)
  }
  return (
    <TextField
      label="Name"
      value={typed}
      error={error}
      onChange={setTyped}
      onBlur={done}
      onKeyDown={(event) => event.key === 'Enter' && done()}
    />
  )
}

const FORMS: Readonly<Record<string, ComponentType<TaskFormProps>>> = {
  'call http': HttpForm,
  'call openapi': OpenApiForm,
  switch: SwitchForm,
  for: ForForm,
  set: SetForm,
  fork: ForkForm,
  try: TryForm,
  raise: RaiseForm,
  wait: WaitForm,
  'run script': ScriptForm,
  'run workflow': WorkflowForm,
  emit: EmitForm,
  listen: ListenForm
}

function formFor(kind: string): ComponentType<TaskFormProps> | undefined {
  return FORMS[kind] ?? (kind.startsWith('call ') ? FunctionForm : undefined)
}

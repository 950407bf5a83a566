import { valueAt } from '../outline.ts'
import { CodeField, ValueField } from './fields.tsx'
import { DurationField } from './DurationField.tsx'
import { Folded } from './Folded.tsx'
import type { TaskFormProps } from './task-form.ts'
import { ThenField } from './ThenField.tsx'
import { withMember, withPath } from './values.ts'

/** The fields that every step has. */
export function CommonFields({ task, onChange }: TaskFormProps) {
  const set = (path: readonly string[], value: unknown): void => onChange(withPath(task, path, value))
  const timeout = task['timeout']
  return (
    <>
      <CodeField
        label="Only if"
        optional
        value={task['if']}
        onChange={(next) => onChange(withMember(task, 'if', next))}
      />
      {!('switch' in task) && (
        <ThenField label="Then" value={task['then']} onChange={(next) => onChange(withMember(task, 'then', next))} />
      )}
      <Folded title="Data">
        <ValueField
          label="Input"
          optional
          hint="What the step works on; otherwise the output of the step before."
          value={valueAt(task, 'input', 'from')}
          onChange={(next) => set(['input', 'from'], next)}
        />
        <ValueField
          label="Output"
          optional
          hint="What goes on from here."
          value={valueAt(task, 'output', 'as')}
          onChange={(next) => set(['output', 'as'], next)}
        />
        <ValueField
          label="Keep for later"
          optional
          hint="Later steps find it in $context."
          value={valueAt(task, 'export', 'as')}
          onChange={(next) => set(['export', 'as'], next)}
        />
      </Folded>
      <Folded title="Time limit">
        {typeof timeout === 'string' ? (
          <ValueField
            label="Time limit"
            value={timeout}
            onChange={(next) => onChange(withMember(task, 'timeout', next))}
          />
        ) : (
          <DurationField
            label="Time limit"
            optional
            value={valueAt(timeout, 'after')}
            onChange={(next) => set(['timeout', 'after'], next)}
          />
        )}
      </Folded>
    </>
  )
}

import { Button } from '../../ui/Button.tsx'
import { freeName } from '../palette.ts'
import { isRecord } from '../tasks.ts'
import { CodeField } from './fields.tsx'
import { NamedEntry } from './NamedEntry.tsx'
import type { TaskFormProps } from './task-form.ts'
import { ThenField } from './ThenField.tsx'
import { withMember } from './values.ts'

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
      <p className="dim small">The first one that matches decides. One without a condition always matches.</p>
      {cases.map(([name, body], index) => (
        <NamedEntry
          key={index}
          label={`Case ${index + 1}`}
          name={name}
          remove={`Remove case ${name}`}
          onRename={(next) => change(index, [next, body])}
          onRemove={cases.length > 1 ? () => put(cases.filter((_, at) => at !== index)) : undefined}
        >
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
        </NamedEntry>
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

import { useId } from 'react'
import { freeName } from '../palette.ts'
import { isRecord } from '../tasks.ts'
import { Button } from '../../ui/Button.tsx'
import { ValueField } from './fields.tsx'
import { NamedEntry } from './NamedEntry.tsx'
import { withKey, withMember } from './values.ts'

/** Names with values: members, headers, parameters. */
export function Rows({
  legend,
  noun,
  value,
  onChange,
  keep = false
}: {
  legend: string
  /** The word for one of them: "header". */
  noun: string
  value: unknown
  onChange: (value: Record<string, unknown> | undefined) => void
  /** Whether an empty map remains when the last one is removed. */
  keep?: boolean
}) {
  const id = useId()
  const rows = isRecord(value) ? value : {}
  function remove(key: string): void {
    const rest = withMember(rows, key, undefined)
    onChange(Object.keys(rest).length === 0 && !keep ? undefined : rest)
  }

  return (
    <fieldset className="flex min-w-0 flex-col gap-2" aria-labelledby={id}>
      <div className="row justify-between">
        <span id={id} className="label">
          {legend}
        </span>
        <Button
          className="small min-h-6 py-0"
          onClick={() => onChange({ ...rows, [freeName(noun.replaceAll(' ', ''), Object.keys(rows))]: '' })}
        >
          Add {noun}
        </Button>
      </div>
      {Object.entries(rows).map(([key, each], index) => (
        <NamedEntry
          key={index}
          label={`Name of ${noun} ${index + 1}`}
          name={key}
          onRename={(next) => onChange(withKey(rows, key, next))}
          onRemove={() => remove(key)}
        >
          <ValueField
            label={`Value of ${key}`}
            value={each}
            onChange={(next) => onChange(withMember(rows, key, next ?? ''))}
          />
        </NamedEntry>
      ))}
    </fieldset>
  )
}

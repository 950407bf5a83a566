import { useId } from 'react'
import { freeName } from '../palette.ts'
import { isRecord } from '../tasks.ts'
import { Button } from '../../ui/Button.tsx'
import { CrossIcon } from '../../ui/icons.tsx'
import { LineField, ValueField } from './fields.tsx'
import { withMember } from './values.ts'

/** Names with values: what is set, headers, parameters. */
export function Rows({
  legend,
  noun,
  value,
  onChange,
  keep = false
}: {
  legend: string
  /** What one of them is: "header". */
  noun: string
  value: unknown
  onChange: (value: Record<string, unknown> | undefined) => void
  /** Stays, as an empty map, when the last one is gone. */
  keep?: boolean
}) {
  const id = useId()
  const rows = isRecord(value) ? value : {}
  const entries = Object.entries(rows)

  function rename(before: string, after: string | undefined): void {
    if (after === undefined || after in rows) return
    onChange(Object.fromEntries(entries.map(([key, each]) => [key === before ? after : key, each])))
  }
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
      {entries.map(([key, each], index) => (
        <div key={index} className="flex flex-col gap-1 border-l-2 border-line pl-2">
          <div className="flex items-end gap-1">
            <div className="flex-1">
              <LineField label={`Name of ${noun} ${index + 1}`} value={key} onChange={(next) => rename(key, next)} />
            </div>
            <Button look="quiet" className="px-1.5" aria-label={`Remove ${key}`} onClick={() => remove(key)}>
              <CrossIcon />
            </Button>
          </div>
          <ValueField
            label={`Value of ${key}`}
            value={each}
            onChange={(next) => onChange(withMember(rows, key, next ?? ''))}
          />
        </div>
      ))}
    </fieldset>
  )
}

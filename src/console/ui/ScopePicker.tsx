import { useId, useState } from 'react'
import { Check } from './Check.tsx'

export interface ScopeGroup {
  id: string
  label: string
  /** The items of the group. */
  items: readonly { id: string; label: string }[]
}

export interface Picked {
  groups: readonly string[]
  items: readonly string[]
}

/**
 * Selects groups and single items of them, with a search: workspaces and their listeners. A selected group includes its
 * items.
 */
export function ScopePicker({
  legend,
  searchLabel,
  groups,
  picked,
  onChange,
  error
}: {
  legend: string
  searchLabel: string
  groups: readonly ScopeGroup[]
  picked: Picked
  onChange: (picked: Picked) => void
  error?: string | undefined
}) {
  const errorId = useId()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const fits = (label: string): boolean => label.toLowerCase().includes(wanted)
  const shown = groups
    .map((group) => ({
      ...group,
      items: fits(group.label) ? group.items : group.items.filter(({ label }) => fits(label))
    }))
    .filter((group) => fits(group.label) || group.items.length > 0)
  return (
    <fieldset className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <legend className="label px-1">{legend}</legend>
      <input
        type="search"
        aria-label={searchLabel}
        placeholder="Search"
        className="input"
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? errorId : undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {error && (
        <p id={errorId} className="text-bad">
          {error}
        </p>
      )}
      <div className="flex max-h-64 flex-col gap-2 overflow-auto">
        {shown.map((group) => {
          const whole = picked.groups.includes(group.id)
          return (
            <div key={group.id} className="flex flex-col gap-1.5">
              <Check
                label={group.label}
                hint="everything in it, also what is added later"
                checked={whole}
                onChange={(checked) => onChange({ ...picked, groups: withOrWithout(picked.groups, group.id, checked) })}
              />
              <div className="flex flex-col gap-1.5 pl-6">
                {group.items.map((item) => (
                  <Check
                    key={item.id}
                    label={item.label}
                    checked={whole || picked.items.includes(item.id)}
                    disabled={whole}
                    onChange={(checked) =>
                      onChange({ ...picked, items: withOrWithout(picked.items, item.id, checked) })
                    }
                  />
                ))}
              </div>
            </div>
          )
        })}
        {shown.length === 0 && <p className="dim">Nothing is called so.</p>}
      </div>
    </fieldset>
  )
}

function withOrWithout(ids: readonly string[], id: string, wanted: boolean): string[] {
  return [...ids.filter((each) => each !== id), ...(wanted ? [id] : [])]
}

import { Button } from '../../ui/Button.tsx'
import { CrossIcon, PlusIcon } from '../../ui/icons.tsx'
import type { Pair } from './trial.ts'

/** Any number of names and values: the query or the headers of a call. */
export function Pairs({
  legend,
  noun,
  pairs,
  onChange
}: {
  legend: string
  /** The word for one of them: "query", "header". */
  noun: string
  pairs: readonly Pair[]
  onChange: (pairs: Pair[]) => void
}) {
  const change = (at: number, patch: Partial<Pair>): void =>
    onChange(pairs.map((pair, index) => (index === at ? { ...pair, ...patch } : pair)))
  const nameOf = (part: string, index: number): string => `${noun} ${part}${index === 0 ? '' : ` ${index + 1}`}`
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="label mb-1">{legend}</legend>
      {pairs.map((pair, index) => (
        // Rows are identified by their position.
        <div key={index} className="flex gap-1.5">
          <input
            aria-label={nameOf('name', index)}
            placeholder="name"
            className="input mono min-w-0 flex-1"
            autoComplete="off"
            spellCheck={false}
            value={pair.name}
            onChange={(event) => change(index, { name: event.target.value })}
          />
          <input
            aria-label={nameOf('value', index)}
            placeholder="value"
            className="input mono min-w-0 flex-[2]"
            autoComplete="off"
            spellCheck={false}
            value={pair.value}
            onChange={(event) => change(index, { value: event.target.value })}
          />
          <Button
            look="quiet"
            className="px-1.5"
            aria-label={`Remove ${noun.toLowerCase()} ${index + 1}`}
            onClick={() => onChange(pairs.filter((_, each) => each !== index))}
          >
            <CrossIcon />
          </Button>
        </div>
      ))}
      <div>
        <Button look="quiet" className="px-1.5" onClick={() => onChange([...pairs, { name: '', value: '' }])}>
          <PlusIcon /> Add {noun.toLowerCase()}
        </Button>
      </div>
    </fieldset>
  )
}

import { useId, type ReactNode } from 'react'

export interface Choice<T extends string> {
  value: T
  label: string
  hint?: ReactNode
}

/** A choice of two or three options, each with a sentence. */
export function Radios<T extends string>({
  legend,
  value,
  choices,
  onChange
}: {
  legend: string
  value: T
  choices: readonly Choice<T>[]
  onChange: (value: T) => void
}) {
  const id = useId()
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="label mb-1">{legend}</legend>
      {choices.map((choice) => (
        <div key={choice.value} className="flex items-start gap-2">
          <input
            id={`${id}-${choice.value}`}
            type="radio"
            className="mt-0.5"
            name={id}
            checked={value === choice.value}
            aria-describedby={choice.hint ? `${id}-${choice.value}-hint` : undefined}
            onChange={() => onChange(choice.value)}
          />
          <div>
            <label htmlFor={`${id}-${choice.value}`}>{choice.label}</label>
            {choice.hint && (
              <div id={`${id}-${choice.value}-hint`} className="dim small">
                {choice.hint}
              </div>
            )}
          </div>
        </div>
      ))}
    </fieldset>
  )
}

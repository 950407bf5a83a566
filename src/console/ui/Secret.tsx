import { useId, useRef } from 'react'
import { Copy } from './Copy.tsx'

/** A secret that is shown once: read-only, selected by a press, with a button to copy it. */
export function Secret({
  label,
  value,
  copy,
  done,
  onCopied
}: {
  label: string
  value: string
  copy: string
  done: string
  onCopied?: () => void
}) {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="label">
        {label}
      </label>
      <div className="flex flex-wrap items-center gap-2 rounded-lg border-2 border-accent bg-accent-soft p-2">
        <input
          ref={field}
          id={id}
          readOnly
          value={value}
          autoComplete="off"
          spellCheck={false}
          className="mono min-w-0 flex-1 basis-64 border-0 bg-transparent px-1 py-1"
          onFocus={(event) => event.target.select()}
        />
        <Copy text={value} label={copy} done={done} look="primary" field={field} {...(onCopied ? { onCopied } : {})} />
      </div>
    </div>
  )
}

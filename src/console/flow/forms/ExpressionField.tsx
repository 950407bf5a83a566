import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { useBuilder } from './builder-context.ts'
import { DataPicker } from './DataPicker.tsx'
import { ExpressionEditor } from './ExpressionEditor.tsx'
import { usePreview } from './use-preview.ts'

/** One line of jq, with its result for the data of the last simulation. */
export function ExpressionField({
  label,
  code,
  onChange,
  hint,
  optional
}: {
  label: string
  code: string
  onChange: (code: string) => void
  hint: string | undefined
  optional: boolean
}) {
  const { input } = useBuilder()
  const [picking, setPicking] = useState(false)
  const preview = usePreview(code)
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-1">
      <span className="label">
        {label}
        {optional && <span className="dim font-normal"> (optional)</span>}
      </span>
      <div className="flex items-center gap-1">
        <ExpressionEditor label={label} code={code} onChange={onChange} />
        {input !== undefined && (
          <Button
            look="quiet"
            className="px-1.5"
            aria-label={`Pick data for ${label}…`}
            onClick={() => setPicking(true)}
          >
            …
          </Button>
        )}
      </div>
      {preview && (
        <span className={`small mono break-words ${'fault' in preview ? 'text-bad' : 'dim'}`}>
          {'fault' in preview ? preview.fault : `→ ${shortJson(preview.value)}`}
        </span>
      )}
      {hint && <span className="dim small">{hint}</span>}
      <DataPicker
        open={picking}
        data={input}
        onClose={() => setPicking(false)}
        onPick={(path) => onChange(code.trim() === '' || code.trim() === '.' ? path : `${code.trimEnd()} ${path}`)}
      />
    </div>
  )
}

const SHOWN = 200

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

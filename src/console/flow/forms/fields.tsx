import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { ExpressionField } from './ExpressionField.tsx'
import { asExpression, inner, isExpression, parseTyped, typedText } from './values.ts'
import { useTyped } from './use-typed.ts'

export interface ValueFieldProps {
  label: string
  value: unknown
  onChange: (value: unknown) => void
  hint?: string
  optional?: boolean
  /** Several lines. */
  tall?: boolean
}

/** One line of text. Empty text means no value. */
export function LineField({
  label,
  value,
  onChange,
  hint,
  optional = false
}: Omit<ValueFieldProps, 'onChange' | 'tall'> & { onChange: (value: string | undefined) => void }) {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  const [typed, setTyped] = useTyped(text, (next) => onChange(next === '' ? undefined : next))
  return <TextField label={label} optional={optional} hint={hint} value={typed} onChange={setTyped} />
}

/** A whole number. */
export function NumberField({
  label,
  value,
  onChange,
  hint,
  optional = false
}: Omit<ValueFieldProps, 'onChange' | 'tall'> & { onChange: (value: number | undefined) => void }) {
  const [typed, setTyped] = useTyped(value === undefined ? '' : String(value as number), (next) => {
    if (next === '' || /^\d+$/.test(next)) onChange(next === '' ? undefined : Number(next))
  })
  return (
    <TextField
      label={label}
      optional={optional}
      hint={hint}
      inputMode="numeric"
      error={typed === '' || /^\d+$/.test(typed) ? undefined : 'A whole number.'}
      value={typed}
      onChange={setTyped}
    />
  )
}

/** A condition or a path. It is always an expression, and keeps `${ }` if it was written with it. */
export function CodeField({ label, value, onChange, hint, optional = false }: ValueFieldProps) {
  return (
    <ExpressionField
      label={label}
      optional={optional}
      hint={hint}
      code={inner(value)}
      onChange={(code) => onChange(code === '' ? undefined : isExpression(value) ? asExpression(code) : code)}
    />
  )
}

/** A value, or an expression for it. A switch says which. */
export function ValueField({ label, value, onChange, hint, optional = false, tall = false }: ValueFieldProps) {
  const expression = isExpression(value)
  return (
    <div className="flex items-start gap-1">
      {expression ? (
        <ExpressionField
          label={label}
          optional={optional}
          hint={hint}
          code={inner(value)}
          onChange={(code) => onChange(asExpression(code))}
        />
      ) : (
        <Plain {...{ label, value, onChange, hint, optional, tall }} />
      )}
      <button
        type="button"
        className="btn btn-quiet small mt-7 min-h-6 px-1.5 py-0"
        aria-pressed={expression}
        aria-label={`${label} is an expression`}
        title={expression ? 'Press for a value' : 'Press for an expression'}
        onClick={() => onChange(expression ? parseTyped(inner(value)) : asExpression(codeOf(value)))}
      >
        Expression
      </button>
    </div>
  )
}

function Plain({
  label,
  value,
  onChange,
  hint,
  optional,
  tall
}: Required<Omit<ValueFieldProps, 'hint'>> & { hint: string | undefined }) {
  const [typed, setTyped] = useTyped(tall && typeof value === 'object' ? pretty(value) : typedText(value), (next) =>
    onChange(next === '' && optional ? undefined : parseTyped(next))
  )
  const props = { label, optional, hint, value: typed, onChange: setTyped, className: 'flex-1' }
  return tall ? <TextArea {...props} mono rows={5} /> : <TextField {...props} />
}

function pretty(value: unknown): string {
  return value === undefined || value === null ? '' : JSON.stringify(value, null, 2)
}

/** The code for a value: text is quoted, a path stays a path. */
function codeOf(value: unknown): string {
  if (value === undefined || value === '') return '.'
  return typeof value === 'string' && /^[.$]/.test(value) ? value : JSON.stringify(value)
}

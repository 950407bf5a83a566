import { Code } from './Code.tsx'

/** Longer texts are cut, so that one value cannot block the page. */
const MAX_CHARS = 200_000

/** A value as JSON. */
export function Json({ value, label }: { value: unknown; label: string }) {
  const text = JSON.stringify(value, null, 2) ?? 'undefined'
  const cut = text.length > MAX_CHARS
  return (
    <>
      <Code text={cut ? text.slice(0, MAX_CHARS) : text} label={label} />
      {cut && (
        <p className="dim small">
          The first {MAX_CHARS.toLocaleString('en')} of {text.length.toLocaleString('en')} characters.
        </p>
      )}
    </>
  )
}

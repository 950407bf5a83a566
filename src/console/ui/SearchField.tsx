import { SearchIcon } from './icons.tsx'
import { useTypedText } from './use-typed-text.ts'

/** The search field of a page. It reports its text a moment after the last key. The key `/` focuses it. */
export function SearchField({
  label,
  value,
  placeholder,
  onChange
}: {
  label: string
  value: string
  placeholder?: string
  onChange: (value: string) => void
}) {
  const [text, setText] = useTypedText(value, onChange)
  return (
    <span className="relative w-full sm:w-60">
      <span className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-dim">
        <SearchIcon />
      </span>
      <input
        type="search"
        data-page-search=""
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        className="input pl-8"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </span>
  )
}

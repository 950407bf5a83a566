import type { Change } from '../../flow/changes.ts'
import { Tag, type Tone } from '../../ui/Tag.tsx'

const TONES: Record<Change['kind'], Tone> = { added: 'ok', removed: 'bad', changed: 'warn', moved: 'accent' }

/** The differences, step by step. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="dim">No step differs; only the text may.</p>
  return (
    <ul aria-label="Changed steps" className="flex flex-col gap-1.5">
      {changes.map(({ name, kind }) => (
        <li key={`${name} ${kind}`} className="row">
          <Tag tone={TONES[kind]}>{kind}</Tag> <span className="min-w-0 break-words">{name}</span>
        </li>
      ))}
    </ul>
  )
}

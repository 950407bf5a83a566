import type { ReactNode } from 'react'
import type { RunSummary, Token } from '../../api/types.ts'
import { plural } from '../../lib/plural.ts'
import { endsSoon } from '../tokens/token-state.tsx'
import { Link } from '../../ui/Link.tsx'
import { Section } from '../../ui/Section.tsx'
import { Time } from '../../ui/Time.tsx'

const DAY_MS = 86_400_000

/** What breaks next, or just broke. Nothing is drawn where nothing does. */
export function NeedsAttention({ tokens, runs }: { tokens: readonly Token[]; runs: readonly RunSummary[] }) {
  const failed = runs.filter(
    ({ status, startedAt }) => status === 'failed' && Date.now() - Date.parse(startedAt) < DAY_MS
  )
  const items: { key: string; content: ReactNode }[] = [
    ...tokens.filter(endsSoon).map((token) => ({
      key: token.id,
      content: (
        <>
          Token <Link to={`/tokens/${token.id}`}>{token.name}</Link> ends <Time at={token.expiresAt ?? ''} />.
        </>
      )
    })),
    ...(failed[0]
      ? [
          {
            key: 'failed',
            content: (
              <>
                <Link to="/runs" search={{ status: 'failed' }}>
                  {plural(failed.length, 'run')} failed
                </Link>{' '}
                in the last 24 hours, the latest <Time at={failed[0].startedAt} />.
              </>
            )
          }
        ]
      : [])
  ]
  if (items.length === 0) return null
  return (
    <Section title="Needs attention">
      <ul className="flex flex-col gap-1.5">
        {items.map(({ key, content }) => (
          <li key={key}>{content}</li>
        ))}
      </ul>
    </Section>
  )
}

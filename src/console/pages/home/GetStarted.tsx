import type { ReactNode } from 'react'
import type { RunSummary, Token } from '../../api/types.ts'
import { readStored, useStored, writeStored } from '../../lib/stored.ts'
import { hasEnded } from '../tokens/token-state.tsx'
import { Button } from '../../ui/Button.tsx'
import { CheckIcon } from '../../ui/icons.tsx'
import { Link } from '../../ui/Link.tsx'
import { Section } from '../../ui/Section.tsx'

const HIDDEN = 'view.get-started'

/**
 * The steps from a sign-in to the first call. Each is ticked automatically; once all are done, the list can be hidden.
 */
export function GetStarted({ tokens, runs }: { tokens: readonly Token[]; runs: readonly RunSummary[] }) {
  const hidden = useStored(HIDDEN) === 'hidden'
  const token = tokens.find((token) => !hasEnded(token) && token.enabled && !token.permissions)
  const byToken = runs.filter(({ caller }) => caller.kind === 'token')
  const run = byToken.find(({ caller }) => tokens.some(({ id }) => id === caller.tokenId)) ?? byToken[0]
  const page = token ? `/tokens/${token.id}` : '/tokens'
  const steps: readonly { done: boolean; to: string; label: string; about: ReactNode }[] = [
    {
      done: tokens.length > 0,
      to: '/tokens/new?name=first',
      label: 'Create a token',
      about: 'It is what an outside system shows when it calls.'
    },
    {
      done: run !== undefined,
      to: page,
      label: 'Call a listener',
      about: 'The page of the token has the line to paste.'
    },
    { done: run !== undefined, to: page, label: 'See it arrive', about: 'Calls appear there by themselves.' },
    {
      done: run !== undefined && readStored('view.run-seen') === 'yes',
      to: run ? `/runs/${run.id}` : '/runs',
      label: 'Look inside the run',
      about: 'Each step with what went in and what came out.'
    }
  ]
  const finished = steps.slice(0, 3).every(({ done }) => done)
  if (hidden && finished) return null
  return (
    <Section
      title="Get started"
      beside={finished && <Button onClick={() => writeStored(HIDDEN, 'hidden')}>Put away</Button>}
    >
      <ol className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {steps.map(({ done, to, label, about }, index) => (
          <li key={label} className="flex gap-2">
            <span
              className={
                'flex size-6 shrink-0 items-center justify-center rounded-full border text-[12px] font-semibold ' +
                (done ? 'border-ok bg-ok-soft text-ok' : 'border-line-strong text-dim')
              }
            >
              {done ? <CheckIcon /> : index + 1}
            </span>
            <div>
              <StepLink to={to} label={label} />
              {done && <span className="sr-only"> (done)</span>}
              <p className="dim small">{about}</p>
            </div>
          </li>
        ))}
      </ol>
    </Section>
  )
}

function StepLink({ to, label }: { to: string; label: string }) {
  const [path = '/', query = ''] = to.split('?')
  return (
    <Link to={path} search={Object.fromEntries(new URLSearchParams(query))} className="font-semibold">
      {label}
    </Link>
  )
}

import { CheckIcon, CrossIcon } from './icons.tsx'

export interface CheckResult {
  name: string
  passed: boolean
  why?: string
  remedy?: string
}

/** The checks of a credential, in order, with the remedy for a failed one. */
export function CheckList({ checks }: { checks: readonly CheckResult[] }) {
  return (
    <ol aria-label="Checks" className="flex flex-col gap-0.5">
      {checks.map(({ name, passed, why, remedy }) => (
        <li key={name} className={`flex gap-2 rounded-md px-2 py-1 ${passed ? '' : 'bg-bad-soft'}`}>
          <span className={passed ? 'text-ok' : 'text-bad'}>
            {passed ? <CheckIcon /> : <CrossIcon />}
            <span className="sr-only">{passed ? 'passed' : 'failed'}</span>
          </span>
          <div className="min-w-0">
            <span className={passed ? '' : 'label'}>{name.replaceAll('_', ' ')}</span>
            {why && <p className="first-letter:uppercase">{why}</p>}
            {remedy && <p className="dim">{remedy}</p>}
          </div>
        </li>
      ))}
    </ol>
  )
}

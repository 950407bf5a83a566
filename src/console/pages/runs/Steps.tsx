import type { Run } from '../../api/types.ts'
import { plural } from '../../lib/plural.ts'
import { durationText } from '../../lib/time.ts'
import { CheckIcon, CrossIcon } from '../../ui/icons.tsx'
import { Section } from '../../ui/Section.tsx'
import type { StepRow } from './step-rows.ts'

/** At most this many steps are shown, because a loop can have thousands. */
const SHOWN = 500

interface Span {
  start: number
  total: number
}

/** The steps of a run, nested, each with a bar that shows its start and duration. */
export function Steps({
  run,
  rows,
  selected,
  onSelect
}: {
  run: Run
  rows: readonly StepRow[]
  selected: string | undefined
  onSelect: (id: string) => void
}) {
  const span = spanOf(run)
  const tone = run.steps.length === 0 ? '' : `${durationText(span.total)}, ${plural(run.steps.length, 'step')}`
  return (
    <Section title="Steps" beside={<span className="dim small">{tone}</span>}>
      {rows.length === 0 ? (
        <p className="dim">{run.status === 'queued' ? 'It has not started yet.' : 'It had no steps.'}</p>
      ) : (
        <table aria-label="Steps" className="w-full table-fixed border-collapse">
          <colgroup>
            <col />
            <col className="w-[30%]" />
            <col className="w-[72px]" />
          </colgroup>
          <thead className="sr-only">
            <tr>
              <th scope="col">Step</th>
              <th scope="col">When</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <tr key={row.id} className={row.id === selected ? 'bg-accent-soft' : ''}>
                <td className="py-1 pr-2">
                  <Name row={row} run={run} selected={row.id === selected} onSelect={onSelect} />
                </td>
                <td className="py-1">
                  <Bar row={row} span={span} />
                </td>
                <td className="dim small py-1 pl-3 whitespace-nowrap">
                  {row.step ? durationText(row.step.durationMs) : <span className="sr-only">–</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows.length > SHOWN && (
        <p className="dim small">
          The first {SHOWN} of {rows.length.toLocaleString('en')} lines. Download JSON has all steps.
        </p>
      )}
    </Section>
  )
}

function Name({
  row: { id, name, kind, level, step, attempt },
  run,
  selected,
  onSelect
}: {
  row: StepRow
  run: Run
  selected: boolean
  onSelect: (id: string) => void
}) {
  const failed = step?.status === 'failed'
  return (
    <span className="flex min-w-0 items-start gap-x-1.5" style={{ paddingInlineStart: `${(level - 1) * 16}px` }}>
      <span className={`pt-0.5 ${failed ? 'text-bad' : step ? 'text-ok' : 'dim'}`}>
        {failed ? <CrossIcon /> : step ? <CheckIcon /> : <span className="inline-block w-4 text-center">–</span>}
        <span className="sr-only">{step?.status ?? 'not reached'}</span>
      </span>
      <span className="flex min-w-0 flex-wrap items-baseline gap-x-1.5">
        {step ? (
          <button
            type="button"
            className="min-w-0 text-left break-words text-accent underline underline-offset-2"
            aria-pressed={selected}
            onClick={() => onSelect(id)}
          >
            {name}
          </button>
        ) : (
          <span className="dim min-w-0 break-words">{name}</span>
        )}
        <span className="dim small">
          {kind}
          {attempt !== undefined && ` · attempt ${attempt}`}
          {!step && (run.finishedAt ? ' · not reached' : kind === 'wait' && run.status === 'waiting' ? ' · waits' : '')}
          {step?.status === 'skipped' && ' · skipped'}
        </span>
      </span>
    </span>
  )
}

function Bar({ row: { step }, span }: { row: StepRow; span: Span }) {
  const left = step ? share(Date.parse(step.startedAt) - span.start, span.total) : 0
  const width = step ? Math.min(100 - left, Math.max(1, share(step.durationMs, span.total))) : 0
  return (
    <span aria-hidden="true" className="relative block h-3.5 overflow-hidden rounded-sm bg-code">
      {step && (
        <span
          className={`absolute inset-y-0.5 rounded-sm ${step.status === 'failed' ? 'bg-bad' : 'bg-accent'}`}
          style={{ left: `${left}%`, width: `${width}%` }}
        />
      )}
    </span>
  )
}

/** The span from the earliest start to the latest end of the run and its steps, whose clocks can differ slightly. */
function spanOf(run: Run): Span {
  const start = Math.min(...[run.startedAt, ...run.steps.map(({ startedAt }) => startedAt)].map((at) => Date.parse(at)))
  const ends = run.steps.map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs)
  const end = Math.max(start, ...ends, ...(run.finishedAt ? [Date.parse(run.finishedAt)] : []))
  return { start, total: end - start }
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(99, Math.max(0, (part / whole) * 100))
}

import { plural } from '../../lib/plural.ts'
import { localTime } from '../../lib/time.ts'
import { Bars } from '../../ui/Bars.tsx'
import { Section } from '../../ui/Section.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { HOURS, useCallsByHour, type HourOfCalls } from './use-calls-by-hour.ts'

/** The outcomes of the calls of the last 24 hours. */
export function CallsOfTheDay({ workspaceId }: { workspaceId: string }) {
  const { hours, runsOnly } = useCallsByHour(workspaceId)
  if (!hours) return null
  const sum = (name: 'answered' | 'refused' | 'failed'): number => hours.reduce((all, hour) => all + hour[name], 0)
  const [answered, refused, failed] = [sum('answered'), sum('refused'), sum('failed')]
  const total = answered + refused + failed
  if (total === 0) return null
  return (
    <Section
      title={`${plural(total, runsOnly ? 'run' : 'call')} in ${HOURS} hours`}
      beside={
        <span className="row">
          <Tag tone="ok">{answered.toLocaleString('en')} answered</Tag>
          {!runsOnly && <Tag tone={refused > 0 ? 'warn' : 'plain'}>{refused.toLocaleString('en')} refused</Tag>}
          <Tag tone={failed > 0 ? 'bad' : 'plain'}>{failed.toLocaleString('en')} failed</Tag>
        </span>
      }
    >
      <Bars
        bars={hours.map(barOf)}
        summary={`By hour: ${answered} answered, ${refused} refused, ${failed} failed in ${HOURS} hours`}
        height={56}
        barWidth={18}
        wide
      />
      <div className="dim small flex justify-between" aria-hidden="true">
        <span>{HOURS} hours ago</span>
        <span>now</span>
      </div>
    </Section>
  )
}

function barOf({ at, answered, refused, failed }: HourOfCalls) {
  return {
    label: localTime(at).slice(0, -3),
    total: answered + refused + failed,
    refused: refused + failed
  }
}

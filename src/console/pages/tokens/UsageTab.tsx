import { useRead } from '../../api/use-api.ts'
import type { Token, TokenUsage } from '../../api/types.ts'
import { useQueryText } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { Bars } from '../../ui/Bars.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { FilterButtons } from '../../ui/FilterButtons.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { barsOf } from './usage-bars.ts'

const RANGES = ['7', '30', '90'].map((days) => ({ value: days, label: `${days} days` }))
const EVERY_MS = 10_000

/** The usage of a token: a bar per day, the outcomes of the calls, and their addresses. */
export function UsageTab({ token }: { token: Token }) {
  const [{ days = '30' }, setQuery] = useQueryText()
  const range = RANGES.some(({ value }) => value === days) ? days : '30'
  const usage = useRead<TokenUsage>(`/v1/tokens/${token.id}/usage`, { query: { days: range }, every: EVERY_MS })
  return (
    <div className="stack">
      <FilterButtons label="Range" value={range} options={RANGES} onChange={(next) => setQuery({ days: next })} />
      <Loaded query={usage}>{(data) => <Usage usage={data} days={Number(range)} />}</Loaded>
    </div>
  )
}

function Usage({ usage, days }: { usage: TokenUsage; days: number }) {
  const total = usage.days.reduce((sum, { calls }) => sum + calls, 0)
  if (total === 0)
    return (
      <div className="panel">
        <Empty>No calls in these days. Each day with calls has a bar here.</Empty>
      </div>
    )
  return (
    <>
      <Section title={`${plural(total, 'call')} in ${days} days`}>
        <Bars
          bars={barsOf(usage, days)}
          summary={`Calls a day: ${plural(total, 'call')} in ${days} days`}
          height={72}
          barWidth={days > 30 ? 6 : 12}
        />
      </Section>
      <Table
        label="Calls by day"
        rows={{ data: usage.days, error: undefined, refetch: () => undefined }}
        rowId={({ day }) => day}
        empty={null}
        columns={[
          { label: 'Day (UTC)', cell: ({ day }) => <time dateTime={day}>{day}</time> },
          { label: 'Calls', cell: ({ calls }) => calls.toLocaleString('en') },
          {
            label: 'Outcomes',
            cell: ({ outcomes }) =>
              Object.entries(outcomes)
                .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
                .join(', ')
          }
        ]}
      />
      <Section
        title="Addresses"
        panel={false}
        beside={<span className="dim">{plural(usage.addressCount, 'address', 'addresses')} known</span>}
      >
        <Table
          label="Addresses"
          rows={{ data: usage.addresses, error: undefined, refetch: () => undefined }}
          rowId={({ ip }) => ip}
          empty={<Empty>No address yet.</Empty>}
          columns={[
            { label: 'Address', cell: ({ ip }) => <code>{ip}</code> },
            { label: 'Calls', cell: ({ calls }) => calls.toLocaleString('en') },
            { label: 'Last', cell: ({ lastAt }) => <Time at={lastAt} /> }
          ]}
        />
      </Section>
    </>
  )
}

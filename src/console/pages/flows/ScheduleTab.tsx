import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { Flow, Schedule } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Link } from '../../ui/Link.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { ruleText, ruleWords } from '../../words/schedule.ts'

/** The schedule of the published version. */
export default function ScheduleTab({ flow, canEdit }: { flow: Flow; canEdit: boolean }) {
  const schedule = useRead<Schedule>(`/v1/flows/${flow.id}/schedule`)
  if (schedule.error instanceof ApiProblem && schedule.error.status === 404) {
    return (
      <div className="panel">
        <Empty>
          The published version has no schedule. Add <code>schedule.every</code> or <code>schedule.cron</code> to the
          text, save it and publish it.
        </Empty>
      </div>
    )
  }
  return <Loaded query={schedule}>{(data) => <Details schedule={data} canEdit={canEdit} />}</Loaded>
}

function Details({ schedule, canEdit }: { schedule: Schedule; canEdit: boolean }) {
  const { flowId, flowVersion, rule, timeZone, paused, nextAt, lastAt, lastRunId } = schedule
  const pause = useAction(async () => {
    await call('PATCH', `/v1/flows/${flowId}/schedule`, { body: { paused: !paused } })
    notify(paused ? 'The schedule goes on' : 'The schedule is paused')
    await refresh(`/v1/flows/${flowId}/schedule`)
  })
  return (
    <Section
      title="Schedule"
      beside={
        canEdit && (
          <Button pending={pause.pending} onClick={() => void pause.run()}>
            {paused ? 'Go on' : 'Pause'}
          </Button>
        )
      }
    >
      {pause.error !== undefined && <ErrorNote error={pause.error} />}
      <Facts
        facts={[
          ['Starts', ruleWords(rule)],
          ['As written', ruleText(rule) && <code key="cron">{ruleText(rule)}</code>],
          ['Time zone', 'cron' in rule ? timeZone : undefined],
          ['Of version', flowVersion],
          [
            'State',
            paused ? (
              <Tag key="state">paused</Tag>
            ) : (
              <Tag key="state" tone="ok">
                on
              </Tag>
            )
          ],
          ['Next', nextAt && !paused ? <Time key="next" at={nextAt} /> : 'not until it goes on'],
          [
            'Last',
            lastAt === null ? (
              'never'
            ) : lastRunId === null ? (
              <Time key="last" at={lastAt} />
            ) : (
              <Link key="last" to={`/runs/${lastRunId}`}>
                <Time at={lastAt} />
              </Link>
            )
          ]
        ]}
      />
    </Section>
  )
}

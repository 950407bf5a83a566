import { useCallback, useState } from 'react'
import type { Page, Token } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { useQueryText } from '../../lib/navigation.ts'
import { RANGE_DEFAULT, RANGE_LONGEST, RANGE_OPTIONS, useRange } from '../../lib/ranges.ts'
import { usePageVisible } from '../../lib/use-page-visible.ts'
import { Button } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Live } from '../../ui/Live.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Select, type Option } from '../../ui/Select.tsx'
import { Switch } from '../../ui/Switch.tsx'
import { TypedFilter } from '../../ui/TypedFilter.tsx'
import { REASON_CODES } from '../../words/reasons.ts'
import { useAllListeners } from '../tokens/listeners.ts'
import { RequestTable } from './RequestTable.tsx'
import { useRequests } from './use-requests.ts'

const EVERY_MS = 2_000
/** The list is followed only while its first page is shown. */
const PAGE_SIZE = 50
const FILTERS = ['outcome', 'reason', 'listener', 'token', 'ip'] as const
const ANY: Option = { value: '', label: 'Any' }
const OUTCOMES = [ANY, ...['answered', 'refused', 'failed'].map((value) => ({ value, label: value }))]
const REASONS = [ANY, ...REASON_CODES.map((value) => ({ value, label: value.replaceAll('_', ' ') }))]

export default function RequestList() {
  return (
    <>
      <PageHead
        title="Requests"
        about="Every call of a listener: what was answered, and why the others were refused."
      />
      <InWorkspace>{({ id }) => <Requests key={id} workspaceId={id} />}</InWorkspace>
    </>
  )
}

function Requests({ workspaceId }: { workspaceId: string }) {
  const [query, setQuery] = useQueryText()
  const { outcome, reason, listener, token, ip, range: rangeValue = RANGE_DEFAULT } = query
  const range = useRange(rangeValue)
  const [live, setLive] = useState(true)
  const visible = usePageVisible()
  const rows = useRequests(
    { workspaceId, listenerId: listener, tokenId: token, outcome, reason, ip, since: range.since },
    live ? EVERY_MS : undefined
  )
  const filtered = FILTERS.some((name) => query[name])
  return (
    <>
      <Filters workspaceId={workspaceId} />
      <div className="row justify-end gap-x-4">
        <Switch label="Live" checked={live} onChange={setLive} />
        <Live listening={live && visible && !rows.error && (rows.data?.length ?? 0) <= PAGE_SIZE} />
      </div>
      <RequestTable
        rows={rows}
        onClearFilters={
          filtered ? () => setQuery(Object.fromEntries(FILTERS.map((name) => [name, undefined]))) : undefined
        }
        empty={
          <Empty
            actions={
              rangeValue !== RANGE_LONGEST && (
                <Button onClick={() => setQuery({ range: RANGE_LONGEST })}>Show 30 days</Button>
              )
            }
          >
            No requests in {range.words}. Each call of a listener stands here, also those that were refused.
          </Empty>
        }
      />
    </>
  )
}

function Filters({ workspaceId }: { workspaceId: string }) {
  const [query, setQuery] = useQueryText()
  const { listeners } = useAllListeners()
  const tokens = useRead<Page<Token>>('/v1/tokens', { query: { limit: 200 } })
  const onAddress = useCallback((text: string) => setQuery({ ip: text || undefined }), [setQuery])
  const any = (all: readonly { id: string; name: string }[]): Option[] => [
    ANY,
    ...all.map(({ id, name }) => ({ value: id, label: name }))
  ]
  const field = (name: string) => ({
    value: query[name] ?? '',
    onChange: (next: string) => setQuery({ [name]: next || undefined })
  })
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
      <Select label="Outcome" options={OUTCOMES} {...field('outcome')} />
      <Select label="Reason" options={REASONS} {...field('reason')} />
      <Select
        label="Listener"
        options={any(listeners.filter((listener) => listener.workspaceId === workspaceId))}
        {...field('listener')}
      />
      <Select label="Token" options={any(tokens.data?.items ?? [])} {...field('token')} />
      <TypedFilter label="From address" className="" value={query['ip'] ?? ''} onChange={onAddress} />
      <Select
        label="When"
        options={RANGE_OPTIONS}
        value={query['range'] ?? RANGE_DEFAULT}
        onChange={(next) => setQuery({ range: next === RANGE_DEFAULT ? undefined : next })}
      />
    </div>
  )
}

import { useState } from 'react'
import { useRead } from '../../api/use-api.ts'
import type { Token, TokenUsage } from '../../api/types.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { copyText } from '../../lib/copy.ts'
import { useGo } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { Bars } from '../../ui/Bars.tsx'
import { MoreIcon } from '../../ui/icons.tsx'
import { Link } from '../../ui/Link.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { notify } from '../../ui/notify.tsx'
import type { Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { scopeText } from './listeners.ts'
import { RevokeToken } from './RevokeToken.tsx'
import { Ends, hasEnded, StateTag, stateOf } from './token-state.tsx'
import { barsOf } from './usage-bars.ts'

const USAGE_DAYS = 14

export function useTokenColumns(): Column<Token>[] {
  const { workspaces } = useWorkspace()
  const nameOf = (id: string): string | undefined => workspaces.find((workspace) => workspace.id === id)?.name
  return [
    { label: 'Name', cell: (token) => <Name token={token} /> },
    { label: 'Starts with', cell: ({ start }) => <code className="whitespace-nowrap">{start}…</code> },
    {
      label: 'May call',
      cell: ({ scope, permissions }) =>
        permissions ? `no listeners: ${plural(permissions.length, 'permission')}` : scopeText(scope, nameOf)
    },
    { label: `Calls, ${USAGE_DAYS} days`, cell: (token) => <Calls token={token} /> },
    { label: 'Last used', cell: (token) => <LastUsed token={token} /> },
    { label: 'Ends', cell: (token) => <Ends token={token} /> },
    { label: 'Actions', cell: (token) => <TokenMenu token={token} /> }
  ]
}

function Name({ token }: { token: Token }) {
  return (
    <span className="row gap-y-0.5">
      <Link to={`/tokens/${token.id}`}>{token.name}</Link>
      {stateOf(token) !== 'live' && <StateTag token={token} />}
      {token.format === 'jwt' && <Tag>JWT</Tag>}
      {token.permissions && <Tag>management</Tag>}
    </span>
  )
}

function useUsage(token: Token) {
  return useRead<TokenUsage>(`/v1/tokens/${token.id}/usage`, { query: { days: USAGE_DAYS } })
}

function Calls({ token }: { token: Token }) {
  const { data } = useUsage(token)
  if (!data) return null
  const total = data.days.reduce((sum, { calls }) => sum + calls, 0)
  if (total === 0) return <span className="dim">none</span>
  return <Bars bars={barsOf(data, USAGE_DAYS)} summary={`${plural(total, 'call')} in ${USAGE_DAYS} days`} />
}

function LastUsed({ token }: { token: Token }) {
  const { data } = useUsage(token)
  const at = data?.lastUsedAt ?? token.lastUsedAt
  if (!at) return <span className="dim">never used</span>
  const [latest] = data?.addresses ?? []
  const more = (data?.addressCount ?? 1) - 1
  return (
    <>
      <Time at={at} />
      {latest && (
        <div className="dim small">
          {latest.ip}
          {more > 0 && ` and ${more} more`}
        </div>
      )}
    </>
  )
}

function TokenMenu({ token }: { token: Token }) {
  const go = useGo()
  const [asking, setAsking] = useState(false)
  const page = `/tokens/${token.id}`
  const copy = async (): Promise<void> => notify((await copyText(token.id)) ? 'Id copied' : token.id)
  return (
    <>
      <Menu
        label={`Actions for ${token.name}`}
        className="btn px-2"
        trigger={<MoreIcon />}
        groups={[
          {
            items: [
              ...(!hasEnded(token)
                ? [
                    ...(token.replacedBy ? [] : [{ label: 'Rotate…', onSelect: () => void go(`${page}/rotate`) }]),
                    { label: 'Rename…', onSelect: () => void go(page, { search: { tab: 'settings' } }) }
                  ]
                : []),
              { label: 'Copy id', onSelect: () => void copy() },
              ...(!hasEnded(token) ? [{ label: 'Revoke…', danger: true, onSelect: () => setAsking(true) }] : [])
            ]
          }
        ]}
      />
      {/* Not one dialog a row: most are never asked for. */}
      {asking && <RevokeToken token={token} open onClose={() => setAsking(false)} />}
    </>
  )
}

import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Token, TokenUsage } from '../../api/types.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { amountOf, relativeTime } from '../../lib/time.ts'
import { useTick } from '../../lib/use-tick.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Link } from '../../ui/Link.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { hasEnded, StateTag } from './token-state.tsx'

const EVERY_MS = 3_000
/** A token that was used within this time counts as still in use, and the dialog says so. */
const RECENT_MS = 3_600_000
const SHOWN_ADDRESSES = 3

interface Part {
  role: 'Old' | 'New'
  token: Token
  usage: TokenUsage | undefined
}

/** The calls with the old token and the new one, to see when the old one is no longer used. */
export function Rotation({ oldId, newId }: { oldId: string; newId: string }) {
  const older = usePart('Old', oldId)
  const newer = usePart('New', newId)
  if (!older || !newer) return null
  return (
    <Section title="Rotation" beside={!hasEnded(older.token) && <RevokeOld part={older} />}>
      <Progress part={older} />
      <Table
        label="Old and new token"
        rows={{ data: [older, newer], error: undefined, refetch: () => undefined }}
        rowId={({ role }) => role}
        empty={null}
        columns={[
          {
            label: 'Token',
            cell: ({ role, token }) => (
              <span className="row">
                {role} <Link to={`/tokens/${token.id}`}>{token.start}…</Link> <StateTag token={token} />
              </span>
            )
          },
          { label: 'Last used', cell: ({ token, usage }) => <LastUsed at={usage?.lastUsedAt ?? token.lastUsedAt} /> },
          {
            label: 'Addresses',
            cell: ({ usage }) =>
              usage?.addresses
                .slice(0, SHOWN_ADDRESSES)
                .map(({ ip }) => ip)
                .join(', ') || '–'
          },
          { label: 'Calls today', cell: ({ usage }) => callsToday(usage).toLocaleString('en') }
        ]}
      />
    </Section>
  )
}

function usePart(role: Part['role'], id: string): Part | undefined {
  const token = useRead<Token>(`/v1/tokens/${id}`, { every: EVERY_MS })
  const usage = useRead<TokenUsage>(`/v1/tokens/${id}/usage`, { query: { days: 1 }, every: EVERY_MS })
  return token.data && { role, token: token.data, usage: usage.data }
}

/** "The old token was used 12 s ago from 192.0.2.7", "No call for 6 hours. It ends in 18 hours." */
function Progress({ part: { token, usage } }: { part: Part }) {
  useTick(1)
  if (hasEnded(token)) return <p>The old token no longer works.</p>
  const at = usage?.lastUsedAt ?? token.lastUsedAt
  const ip = usage?.addresses[0]?.ip
  const ends = token.expiresAt ? ` It ends ${relativeTime(token.expiresAt)}.` : ''
  if (!at) return <p>The old token was never used.{ends}</p>
  const quiet = Date.now() - Date.parse(at)
  if (quiet < RECENT_MS)
    return (
      <p>
        The old token was used {relativeTime(at)}
        {ip && ` from ${ip}`}.{ends}
      </p>
    )
  return (
    <p>
      No call with the old token for {amountOf(quiet / 1000)}.{ends}
    </p>
  )
}

function LastUsed({ at }: { at: string | null }) {
  return at ? <Time at={at} /> : <span className="dim">never used</span>
}

function callsToday(usage: TokenUsage | undefined): number {
  const today = new Date().toISOString().slice(0, 10)
  return usage?.days.find(({ day }) => day === today)?.calls ?? 0
}

function RevokeOld({ part: { token, usage } }: { part: Part }) {
  const [asking, setAsking] = useState(false)
  const at = usage?.lastUsedAt ?? token.lastUsedAt
  const recent = at !== null && Date.now() - Date.parse(at) < RECENT_MS
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Revoke the old token now…
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Revoke the old token?"
        action="Revoke"
        onConfirm={async () => {
          await call('DELETE', `/v1/tokens/${token.id}`)
          notify('Old token revoked')
          await refresh('/v1/tokens')
        }}
      >
        <p>Calls with it are refused from the next one on. This cannot be undone. The new token goes on working.</p>
        {recent && <p className="font-semibold">It was used {relativeTime(at)}: something still calls with it.</p>}
      </Confirm>
    </>
  )
}

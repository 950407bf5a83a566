import { useState } from 'react'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { refresh, useList } from '../../api/use-api.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { notify } from '../../ui/notify.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { deviceOf } from './device.ts'

interface AccountSession {
  id: string
  createdAt: string
  lastSeenAt: string
  ip: string | null
  userAgent: string | null
  current: boolean
}

const SESSIONS = '/v1/account/sessions'

/** The sessions of the account. */
export function SessionsTab() {
  const rows = useList<AccountSession>(SESSIONS)
  const [ending, setEnding] = useState<AccountSession | 'others'>()
  // A gateway that does not list sessions still ends them with the password.
  if (rows.error instanceof ApiProblem && rows.error.status === 404) return <WithoutList />
  const columns: Column<AccountSession>[] = [
    {
      label: 'Device',
      cell: ({ userAgent, current }) => (
        <span className="row">
          <span title={userAgent ?? undefined}>{deviceOf(userAgent)}</span>
          {current && <Tag tone="ok">this one</Tag>}
        </span>
      )
    },
    { label: 'From', cell: ({ ip }) => (ip ? <code>{ip}</code> : '–') },
    { label: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { label: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    {
      label: 'Actions',
      cell: (session) => !session.current && <Button onClick={() => setEnding(session)}>End session…</Button>
    }
  ]
  return (
    <div className="stack">
      <Table
        label="Sessions"
        rows={rows}
        columns={columns}
        rowId={({ id }) => id}
        empty={<Empty>You are signed in nowhere.</Empty>}
      />
      {(rows.data?.length ?? 0) > 1 && (
        <div>
          <Button look="danger" onClick={() => setEnding('others')}>
            End all other sessions…
          </Button>
        </div>
      )}
      <EndSession ending={ending} onClose={() => setEnding(undefined)} />
    </div>
  )
}

function EndSession({ ending, onClose }: { ending: AccountSession | 'others' | undefined; onClose: () => void }) {
  const others = ending === 'others'
  return (
    <Confirm
      open={ending !== undefined}
      onClose={onClose}
      title={others ? 'End all other sessions?' : 'End this session?'}
      action={others ? 'End sessions' : 'End session'}
      onConfirm={async () => {
        if (ending === 'others') await call('DELETE', SESSIONS, { query: { others: true } })
        else if (ending) await call('DELETE', `${SESSIONS}/${ending.id}`)
        notify(others ? 'Other sessions ended' : 'Session ended')
        await refresh(SESSIONS)
      }}
    >
      {others ? 'Every browser and program but this one' : 'That browser or program'} has to sign in again. Tokens go on
      working.
    </Confirm>
  )
}

function WithoutList() {
  return (
    <div className="panel">
      <Empty
        actions={
          <ButtonLink to="/account" search={{ tab: 'password' }}>
            Change password
          </ButtonLink>
        }
      >
        This gateway does not list sessions. Changing the password ends all of them but this one.
      </Empty>
    </div>
  )
}

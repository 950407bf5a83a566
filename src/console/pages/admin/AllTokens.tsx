import { useCallback, useState } from 'react'
import type { Account, AdminToken, Page } from '../../api/types.ts'
import { useList, useRead } from '../../api/use-api.ts'
import { credentialStart } from '../../lib/credential-start.ts'
import { useQueryText } from '../../lib/navigation.ts'
import { plural } from '../../lib/plural.ts'
import { Button } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { FilterButtons } from '../../ui/FilterButtons.tsx'
import { Link } from '../../ui/Link.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { TypedFilter } from '../../ui/TypedFilter.tsx'
import { Time } from '../../ui/Time.tsx'
import { Ends, hasEnded, StateTag } from '../tokens/token-state.tsx'
import { RevokeTokens, type Revoked } from './RevokeTokens.tsx'

const TOKENS = '/v1/admin/tokens'
const ACCOUNTS_READ = 200

const STATES = [
  { value: '', label: 'All' },
  { value: 'live', label: 'Live' },
  { value: 'expired', label: 'Expired' },
  { value: 'revoked', label: 'Revoked' }
]

/** The tokens of all accounts, to find one by its first characters and revoke it. */
export default function AllTokens() {
  const [{ start = '', q = '', account = '', state = '' }, setQuery] = useQueryText()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState<readonly AdminToken[]>([])
  const [revoked, setRevoked] = useState<Revoked>()
  const rows = useList<AdminToken>(TOKENS, { query: { start, q, accountId: account, state } })
  const chosen = (rows.data ?? []).filter((token) => selected.has(token.id) && !hasEnded(token))
  const working = (rows.data ?? []).filter((token) => !hasEnded(token))
  const filtered = start !== '' || q !== '' || account !== '' || state !== ''
  const onStart = useCallback((text: string) => setQuery({ start: text }), [setQuery])
  const onSearch = useCallback((text: string) => setQuery({ q: credentialStart(text) ?? text }), [setQuery])
  return (
    <>
      <PageHead title="All tokens" about="The tokens of all accounts, to find a leaked one and to revoke it." />
      {revoked && <RevokedNote revoked={revoked} />}
      <div className="row items-end">
        <TypedFilter
          label="Starts with"
          placeholder="Paste a token"
          value={start}
          clean={(text) => credentialStart(text) ?? text}
          onChange={onStart}
        />
        <SearchField label="Search tokens" placeholder="Name" value={q} onChange={onSearch} />
        <FilterButtons label="State" value={state} options={STATES} onChange={(next) => setQuery({ state: next })} />
      </div>
      {account && <OwnerFilter id={account} onClear={() => setQuery({ account: undefined })} />}
      {chosen.length > 0 ? (
        <Bar text={`${plural(chosen.length, 'token')} selected`}>
          <Button look="danger" onClick={() => setAsking(chosen)}>
            Revoke {plural(chosen.length, 'token')}…
          </Button>
        </Bar>
      ) : (
        start !== '' &&
        working.length > 1 &&
        !rows.hasNextPage && (
          <Bar text={`${plural(working.length, 'token')} that work start with ${start}`}>
            <Button look="danger" onClick={() => setAsking(working)}>
              Revoke all {working.length.toLocaleString('en')} tokens…
            </Button>
          </Bar>
        )
      )}
      <Table
        label="All tokens"
        rows={rows}
        columns={columnsFor((token) => setAsking([token]))}
        rowId={({ id }) => id}
        selection={{ selected, onChange: setSelected, nameOf: ({ name }) => name }}
        onClearFilters={
          filtered
            ? () => setQuery({ start: undefined, q: undefined, account: undefined, state: undefined })
            : undefined
        }
        empty={<Empty>Nobody has made a token yet.</Empty>}
      />
      <RevokeTokens
        tokens={asking}
        onClose={() => setAsking([])}
        onDone={(done) => {
          setRevoked(done)
          setSelected(new Set())
        }}
      />
    </>
  )
}

function columnsFor(onRevoke: (token: AdminToken) => void): Column<AdminToken>[] {
  return [
    { label: 'Starts with', cell: ({ start }) => <code className="whitespace-nowrap">{start}…</code> },
    {
      label: 'Owner',
      cell: ({ email, accountId }) => (
        <Link to="/admin/tokens" search={{ account: accountId }}>
          {email}
        </Link>
      )
    },
    { label: 'Name', cell: ({ name }) => name },
    {
      label: 'Last used',
      cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : <span className="dim">never used</span>)
    },
    { label: 'Ends', cell: (token) => <Ends token={token} /> },
    { label: 'State', cell: (token) => <StateTag token={token} /> },
    {
      label: 'Actions',
      cell: (token) =>
        !hasEnded(token) && (
          <Button look="danger" onClick={() => onRevoke(token)}>
            Revoke…
          </Button>
        )
    }
  ]
}

function Bar({ text, children }: { text: string; children: React.ReactNode }) {
  return (
    <div className="panel row justify-between px-3 py-2">
      <span>{text}</span>
      {children}
    </div>
  )
}

function OwnerFilter({ id, onClear }: { id: string; onClear: () => void }) {
  const { data } = useRead<Page<Account>>('/v1/admin/accounts', { query: { limit: ACCOUNTS_READ } })
  const email = data?.items.find((account) => account.id === id)?.email ?? id
  return <Note tone="accent" action={<Button onClick={onClear}>Show all owners</Button>}>{`Tokens of ${email}`}</Note>
}

function RevokedNote({ revoked: { count, ms, target } }: { revoked: Revoked }) {
  return (
    <Note tone="accent">
      {plural(count, 'token')} revoked in {(ms / 1000).toFixed(1)} s.{' '}
      <Link to="/admin/audit" search={{ action: 'token.revoked', target }}>
        {target ? 'Its line in the audit log' : 'The lines in the audit log'}
      </Link>
    </Note>
  )
}

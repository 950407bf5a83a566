import { useCallback, useState } from 'react'
import type { Account } from '../../api/types.ts'
import { useList } from '../../api/use-api.ts'
import { useAccount } from '../../frame/session.tsx'
import { useGo, useQueryText } from '../../lib/navigation.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { MoreIcon } from '../../ui/icons.tsx'
import { Link } from '../../ui/Link.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Select } from '../../ui/Select.tsx'
import { ShownOnce } from '../../ui/ShownOnce.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import { useHeldSecret } from '../../lib/held-secret.ts'
import { ACCOUNT_LINK } from './account-link.ts'
import { ACCOUNTS, ChangeAccount, type AccountChange } from './ChangeAccount.tsx'
import { RecoverAccount } from './RecoverAccount.tsx'

const ROLES = [
  { value: '', label: 'Any role' },
  { value: 'admin', label: 'Admin' },
  { value: 'user', label: 'User' }
]
const STATES = [
  { value: '', label: 'Any state' },
  { value: 'active', label: 'Active' },
  { value: 'suspended', label: 'Suspended' }
]

export default function Accounts() {
  const [{ q = '', role = '', state = '' }, setQuery] = useQueryText()
  const suspended = state === '' ? undefined : state === 'suspended'
  const rows = useList<Account>(ACCOUNTS, { query: { q, role, suspended } })
  const filtered = q !== '' || role !== '' || state !== ''
  const held = useHeldSecret(ACCOUNT_LINK)
  const onSearch = useCallback((text: string) => setQuery({ q: text }), [setQuery])
  return (
    <>
      <PageHead
        title="Accounts"
        about="Everybody who can sign in here."
        actions={
          <>
            <ButtonLink to="/admin/workspaces">Workspaces</ButtonLink>
            <ButtonLink to="/admin/policy">Policy</ButtonLink>
            <ButtonLink to="/admin/keys">Keys</ButtonLink>
            <ButtonLink to="/admin/accounts/new" look="primary">
              Create account
            </ButtonLink>
          </>
        }
      />
      {held && (
        <ShownOnce
          held={held}
          what="link"
          why="Whoever has it can set the password, so send it to its owner alone."
          remedy="make another"
        />
      )}
      <div className="row items-end">
        <SearchField label="Search accounts" placeholder="E-mail or name" value={q} onChange={onSearch} />
        <Select label="Role" value={role} options={ROLES} onChange={(next) => setQuery({ role: next })} />
        <Select label="State" value={state} options={STATES} onChange={(next) => setQuery({ state: next })} />
      </div>
      <Table
        label="Accounts"
        rows={rows}
        columns={COLUMNS}
        rowId={({ id }) => id}
        onClearFilters={filtered ? () => setQuery({ q: undefined, role: undefined, state: undefined }) : undefined}
        empty={<Empty>No accounts.</Empty>}
      />
    </>
  )
}

const COLUMNS: Column<Account>[] = [
  { label: 'E-mail', cell: ({ email }) => email },
  { label: 'Name', cell: ({ name }) => name },
  { label: 'Role', cell: ({ role }) => (role === 'admin' ? <Tag tone="accent">admin</Tag> : 'user') },
  { label: 'State', cell: (account) => <State account={account} /> },
  {
    label: 'Tokens',
    cell: ({ id }) => (
      <Link to="/admin/tokens" search={{ account: id }}>
        Show tokens
      </Link>
    )
  },
  { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { label: 'Actions', cell: (account) => <AccountMenu account={account} /> }
]

function State({ account: { state } }: { account: Account }) {
  if (state === 'suspended') return <Tag tone="bad">suspended</Tag>
  return state === 'invited' ? <Tag tone="warn">invited</Tag> : <Tag tone="ok">active</Tag>
}

function AccountMenu({ account }: { account: Account }) {
  const go = useGo()
  const self = useAccount().id === account.id
  const [change, setChange] = useState<AccountChange>()
  const [recovering, setRecovering] = useState(false)
  const { id, email, role, suspended } = account
  return (
    <>
      <Menu
        label={`Actions for ${email}`}
        className="btn px-2"
        trigger={<MoreIcon />}
        groups={[
          {
            items: [
              { label: 'Show tokens', onSelect: () => void go('/admin/tokens', { search: { account: id } }) },
              { label: 'Show in audit log', onSelect: () => void go('/admin/audit', { search: { actor: id } }) }
            ]
          },
          {
            // An admin cannot demote or suspend itself.
            items: self
              ? []
              : [
                  { label: 'Make recovery link…', onSelect: () => setRecovering(true) },
                  role === 'admin'
                    ? { label: 'Make user…', onSelect: () => setChange('demote') }
                    : { label: 'Make admin…', onSelect: () => setChange('promote') },
                  suspended
                    ? { label: 'Restore…', onSelect: () => setChange('restore') }
                    : { label: 'Suspend…', danger: true, onSelect: () => setChange('suspend') }
                ]
          }
        ]}
      />
      <ChangeAccount account={account} change={change} onClose={() => setChange(undefined)} />
      <RecoverAccount account={account} open={recovering} onClose={() => setRecovering(false)} />
    </>
  )
}

import { useCallback } from 'react'
import { useList } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useQueryText } from '../../lib/navigation.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Link } from '../../ui/Link.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import type { ManagedCustomer } from './customer.ts'

export default function CustomerList() {
  return (
    <>
      <PageHead
        title="Customers"
        about="Your users, whose tokens your own back end signs."
        actions={<ButtonLink to="/customers/test-token">Make a test token</ButtonLink>}
      />
      <RoleNote />
      <InWorkspace>{({ id }) => <Customers key={id} workspaceId={id} />}</InWorkspace>
    </>
  )
}

function Customers({ workspaceId }: { workspaceId: string }) {
  const [{ q = '' }, setQuery] = useQueryText()
  const rows = useList<ManagedCustomer>(`/v1/workspaces/${workspaceId}/customers`, { query: { q } })
  const onSearch = useCallback((text: string) => setQuery({ q: text }), [setQuery])
  return (
    <>
      <div className="row">
        <SearchField label="Search customers" placeholder="Name or start of the id" value={q} onChange={onSearch} />
      </div>
      <Table
        label="Customers"
        rows={rows}
        columns={columnsFor(workspaceId)}
        rowId={({ internalId }) => internalId}
        onClearFilters={q === '' ? undefined : () => setQuery({ q: undefined })}
        empty={
          <Empty
            actions={
              <>
                <ButtonLink to="/customers/test-token" look="primary">
                  Try it with a test token
                </ButtonLink>
                <Link to="/workspace" search={{ tab: 'tokens' }}>
                  How their tokens are verified
                </Link>
              </>
            }
          >
            A customer appears the first time a token with its id is seen.
          </Empty>
        }
      />
    </>
  )
}

function columnsFor(workspace: string): Column<ManagedCustomer>[] {
  return [
    {
      label: 'Id',
      cell: ({ id, internalId }) => (
        <Link to={`/customers/${internalId}`} search={{ workspace }}>
          <code>{id}</code>
        </Link>
      )
    },
    {
      label: 'Name',
      cell: ({ name, blocked }) => (
        <span className="row gap-y-0.5">
          {name ?? <span className="dim">none</span>}
          {blocked && <Tag tone="bad">blocked</Tag>}
        </span>
      )
    },
    { label: 'Last active', cell: ({ lastActiveAt }) => <Time at={lastActiveAt} /> },
    { label: 'Credentials', cell: ({ credentialNames }) => <Credentials names={credentialNames} /> },
    { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> }
  ]
}

/** The names of credentials. Their values are never returned. Unknown if the gateway does not list them. */
export function Credentials({ names }: { names: readonly string[] | undefined }) {
  if (names === undefined) return <span className="dim">unknown</span>
  if (names.length === 0) return <span className="dim">none</span>
  return names.join(', ')
}

import { useState } from 'react'
import { call } from '../../api/call.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo, useParam } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { Id } from '../../ui/Id.tsx'
import { Json } from '../../ui/Json.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Note } from '../../ui/Note.tsx'
import { notify } from '../../ui/notify.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Section } from '../../ui/Section.tsx'
import { Split } from '../../ui/Split.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { Time } from '../../ui/Time.tsx'
import type { ManagedCustomer } from './customer.ts'
import { Credentials } from './CustomerList.tsx'
import { BlockCustomer, type CustomerStop } from './BlockCustomer.tsx'
import { CustomerRuns } from './CustomerRuns.tsx'
import { EditCustomer } from './EditCustomer.tsx'
import { RemoveCredentials } from './RemoveCredentials.tsx'

export default function CustomerPage() {
  return <InWorkspace>{({ id }) => <InOne workspaceId={id} />}</InWorkspace>
}

function InOne({ workspaceId }: { workspaceId: string }) {
  const path = `/v1/workspaces/${workspaceId}/customers/${encodeURIComponent(useParam('cid'))}`
  const customer = useRead<ManagedCustomer>(path)
  return (
    <Loaded query={customer} page>
      {(data) => <Details key={data.internalId} path={path} workspaceId={workspaceId} customer={data} />}
    </Loaded>
  )
}

interface DetailsProps {
  path: string
  workspaceId: string
  customer: ManagedCustomer
}

function Details({ path, workspaceId, customer }: DetailsProps) {
  const { canEdit } = useWorkspace()
  const [open, setOpen] = useState<'edit' | 'forget' | 'credentials'>()
  const close = (): void => setOpen(undefined)
  const [stop, setStop] = useState<CustomerStop>()
  const {
    id,
    name,
    internalId,
    fields,
    credentialNames = [],
    credentialsUpdatedAt,
    blocked,
    tokensNotBefore
  } = customer
  return (
    <>
      <PageHead
        title={name ?? id}
        parent={{ to: '/customers', label: 'Customers' }}
        beside={
          <>
            {blocked && <Tag tone="bad">blocked</Tag>}
            <Id id={internalId} />
          </>
        }
        actions={
          <>
            <ButtonLink to="/customers/test-token" search={{ id, name: name ?? undefined, workspace: workspaceId }}>
              Make a test token
            </ButtonLink>
            {canEdit && (
              <>
                <Button look="danger" onClick={() => setOpen('forget')}>
                  Forget customer…
                </Button>
                {blocked ? (
                  <Button onClick={() => setStop('unblock')}>Unblock…</Button>
                ) : (
                  <Button look="danger" onClick={() => setStop('block')}>
                    Block…
                  </Button>
                )}
                <Button look="primary" onClick={() => setOpen('edit')}>
                  Edit
                </Button>
              </>
            )}
          </>
        }
      />
      {blocked && <Note tone="bad">All its tokens are refused, also those that are signed from now on.</Note>}
      {open === 'edit' && <EditCustomer path={path} customer={customer} onClose={close} />}
      <Split>
        <Section title="Facts">
          <Facts
            facts={[
              ['Id', <code key="id">{id}</code>],
              ['Name', name ?? 'none'],
              ['Last active', <Time key="active" at={customer.lastActiveAt} />],
              ['Created', <Time key="created" at={customer.createdAt} />],
              ['Credentials', <Credentials key="credentials" names={credentialNames} />],
              ['Tokens refused', tokensNotBefore ? <TokensRefused key="before" before={tokensNotBefore} /> : undefined],
              ['Changed', credentialsUpdatedAt ? <Time key="changed" at={credentialsUpdatedAt} /> : undefined]
            ]}
          />
          {canEdit && (
            <div className="row">
              {!blocked && <Button onClick={() => setStop('refuse-older')}>Refuse older tokens…</Button>}
              {credentialNames.length > 0 && (
                <Button onClick={() => setOpen('credentials')}>Remove credentials…</Button>
              )}
            </div>
          )}
        </Section>
        <Section title="Fields">
          <p className="dim">From its newest token. Flows read them as caller.fields.</p>
          <Json value={fields} label="Fields of the customer" />
        </Section>
      </Split>
      <CustomerRuns workspaceId={workspaceId} customer={customer} />
      <BlockCustomer path={path} customer={customer} stop={stop} onClose={() => setStop(undefined)} />
      <RemoveCredentials path={path} customer={customer} open={open === 'credentials'} onClose={close} />
      <ForgetCustomer open={open === 'forget'} onClose={close} path={path} customer={customer} />
    </>
  )
}

function TokensRefused({ before }: { before: string }) {
  return (
    <>
      those signed before <Time at={before} />
    </>
  )
}

function ForgetCustomer({
  open,
  onClose,
  path,
  customer: { id, name }
}: {
  open: boolean
  onClose: () => void
  path: string
  customer: ManagedCustomer
}) {
  const go = useGo()
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Forget ${name ?? id}?`}
      action="Forget customer"
      typed={id}
      onConfirm={async () => {
        await call('DELETE', path)
        notify('Customer forgotten')
        await go('/customers')
        await refresh(path.slice(0, path.lastIndexOf('/')))
      }}
    >
      Its fields and credentials are deleted, and its integration tokens end at once. This cannot be undone. Its next
      token makes it anew.
    </Confirm>
  )
}

import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { PublicKey, Workspace } from '../../api/types.ts'
import { refresh, useList } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Section } from '../../ui/Section.tsx'
import { Table, type Column } from '../../ui/Table.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { Time } from '../../ui/Time.tsx'
import { useForm } from '../../ui/useForm.ts'
import { WORKSPACES } from './workspaces.ts'

/** The public keys that verify customers' tokens. */
export function PublicKeys({ workspace: { id } }: { workspace: Workspace }) {
  const { isOwner } = useWorkspace()
  const path = `${WORKSPACES}/${id}/public-keys`
  const rows = useList<PublicKey>(path)
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<PublicKey>()
  const columns: Column<PublicKey>[] = [
    { label: 'Name', cell: ({ name }) => name },
    { label: 'Kind', cell: ({ description }) => description },
    { label: 'kid', cell: ({ kid }) => <code>{kid}</code> },
    { label: 'Thumbprint', cell: ({ thumbprint }) => <code>{thumbprint}</code> },
    { label: 'Added', cell: ({ createdAt }) => <Time at={createdAt} /> },
    ...(isOwner
      ? [
          {
            label: 'Actions',
            cell: (key: PublicKey) => (
              <Button look="danger" onClick={() => setRemoving(key)}>
                Remove…
              </Button>
            )
          }
        ]
      : [])
  ]
  return (
    <Section
      title="Public keys"
      panel={false}
      beside={isOwner && <Button onClick={() => setAdding(true)}>Add public key</Button>}
    >
      <Table
        label="Public keys"
        rows={rows}
        columns={columns}
        rowId={(key) => key.id}
        empty={<Empty>No public keys. With one, your back end signs with a private key that never leaves it.</Empty>}
      />
      {adding && <AddKey path={path} onClose={() => setAdding(false)} />}
      <Confirm
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Remove ${removing?.name ?? ''}?`}
        action="Remove key"
        onConfirm={async () => {
          await call('DELETE', `${path}/${removing?.id ?? ''}`)
          notify('Key removed')
          await refresh(path)
        }}
      >
        What it signed is refused from the next call on. You can add it again.
      </Confirm>
    </Section>
  )
}

function AddKey({ path, onClose }: { path: string; onClose: () => void }) {
  const form = useForm({
    first: { name: '', publicKey: '' },
    check: ({ name, publicKey }) => ({
      ...(name.trim() === '' ? { name: 'Enter a name.' } : {}),
      ...(publicKey.trim() === '' ? { publicKey: 'Paste a public key.' } : {})
    }),
    async send({ name, publicKey }) {
      await call('POST', path, { body: { name: name.trim(), publicKey: publicKey.trim() } })
      notify('Key added')
      await refresh(path)
      onClose()
    },
    refusal: ({ code, message }) => (code === 'conflict' ? { publicKey: message } : undefined)
  })
  return (
    <Dialog open onClose={onClose} title="Add public key" sticky>
      <form {...form.form} className="stack">
        {form.error !== undefined && <ErrorNote error={form.error} />}
        <TextField label="Name" {...form.field('name')} />
        <TextArea
          label="Public key"
          mono
          rows={6}
          placeholder="-----BEGIN PUBLIC KEY-----"
          hint="PEM or a JWK. Never a private key: one is refused."
          {...form.field('publicKey')}
        />
        <div className="row justify-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={form.pending}>
            Add key
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

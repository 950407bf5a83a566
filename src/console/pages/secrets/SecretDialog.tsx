import { call } from '../../api/call.ts'
import { refresh } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'
import { Radios } from '../../ui/Radios.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { useForm, type Errors } from '../../ui/useForm.ts'

interface Values {
  name: string
  kind: 'text' | 'login'
  value: string
  username: string
  password: string
}

/** Adds a secret, or replaces its value. The typed value is never shown, and is dropped with the dialog. */
export function SecretDialog({
  workspaceId,
  name,
  onClose
}: {
  workspaceId: string
  name?: string
  onClose: () => void
}) {
  const title = name === undefined ? 'Add secret' : `Replace the value of ${name}`
  return (
    <Dialog open onClose={onClose} title={title} sticky>
      <SecretForm {...{ workspaceId, onClose }} {...(name === undefined ? {} : { name })} />
    </Dialog>
  )
}

function SecretForm({ workspaceId, name, onClose }: { workspaceId: string; name?: string; onClose: () => void }) {
  const path = `/v1/workspaces/${workspaceId}/secrets`
  const form = useForm<Values>({
    first: { name: name ?? '', kind: 'text', value: '', username: '', password: '' },
    check,
    async send({ kind, value, username, password, ...rest }) {
      const body = { value: kind === 'text' ? value : { username, password } }
      await call('PUT', `${path}/${encodeURIComponent(rest.name.trim())}`, { body })
      notify(name === undefined ? 'Secret added' : 'Value replaced')
      await refresh(path)
      onClose()
    }
  })
  return (
    <form {...form.form} className="stack">
      {form.error !== undefined && <ErrorNote error={form.error} />}
      {name === undefined && (
        <TextField label="Name" mono hint="Flows name it under use.secrets." {...form.field('name')} />
      )}
      <Radios
        legend="Kind"
        value={form.values.kind}
        onChange={(kind) => form.set('kind', kind)}
        choices={[
          { value: 'text', label: 'Text', hint: 'A key, a token, a certificate.' },
          { value: 'login', label: 'User name and password', hint: 'For use.authentications of a flow.' }
        ]}
      />
      {form.values.kind === 'text' ? (
        <TextArea label="Value" mono masked hint="It cannot be read again." {...form.field('value')} />
      ) : (
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField label="User name" {...form.field('username')} />
          <TextField label="Password" type="password" autoComplete="new-password" {...form.field('password')} />
        </div>
      )}
      <div className="row justify-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" pending={form.pending}>
          {name === undefined ? 'Add secret' : 'Replace value'}
        </Button>
      </div>
    </form>
  )
}

function check({ name, kind, value, username, password }: Values): Errors<Values> {
  return {
    ...(name.trim() === '' ? { name: 'Enter a name.' } : {}),
    ...(kind === 'text' && value === '' ? { value: 'Enter a value.' } : {}),
    ...(kind === 'login' && username === '' ? { username: 'Enter a user name.' } : {}),
    ...(kind === 'login' && password === '' ? { password: 'Enter a password.' } : {})
  }
}

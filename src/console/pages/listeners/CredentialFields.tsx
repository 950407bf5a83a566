import { PasswordField } from '../../ui/PasswordField.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { isTry, type Trial } from './trial.ts'

const CREDENTIALS = [
  { value: 'token', label: 'This token' },
  { value: 'basic', label: 'My password (Basic)' },
  { value: 'none', label: 'None' }
]
/** The kinds of tries, for which being an editor is enough. */
const TRIES = [
  { value: 'session', label: 'As myself' },
  { value: 'customer', label: 'As customer…' }
]
const CARRIERS = [
  { value: 'bearer', label: 'Authorization: Bearer' },
  { value: 'header', label: 'Header access_token' },
  { value: 'query', label: 'Query access_token' }
]

/** The fields for the caller. Their contents are kept as long as the tab of the page is open. */
export function CredentialFields({
  trial,
  canTry,
  onChange
}: {
  trial: Trial
  canTry: boolean
  onChange: (patch: Partial<Trial>) => void
}) {
  const { credential, carrier, token, email, password, customerId } = trial
  return (
    <div className="stack">
      <div className="grid gap-3 sm:grid-cols-2">
        <Select
          label="Credential"
          value={credential}
          options={canTry ? [...CREDENTIALS, ...TRIES] : CREDENTIALS}
          onChange={(next) => onChange({ credential: next as Trial['credential'] })}
        />
        {credential === 'token' && (
          <Select
            label="Sent as"
            value={carrier}
            options={CARRIERS}
            onChange={(next) => onChange({ carrier: next as Trial['carrier'] })}
          />
        )}
      </div>
      {credential === 'token' && (
        <TextField
          label="Token"
          mono
          hint="Kept in memory while this tab is open, and nowhere else."
          value={token}
          onChange={(next) => onChange({ token: next })}
        />
      )}
      {credential === 'basic' && (
        <>
          <TextField label="E-mail" value={email} onChange={(next) => onChange({ email: next })} />
          <PasswordField
            label="Password"
            autoComplete="off"
            value={password}
            onChange={(next) => onChange({ password: next })}
          />
        </>
      )}
      {credential === 'customer' && (
        <TextField
          label="Customer id"
          mono
          hint="A customer of this workspace, by its id here or that of your back end. It may do what it may do itself."
          value={customerId}
          onChange={(next) => onChange({ customerId: next })}
        />
      )}
      {isTry(trial) && <p className="small dim">The call is a real one. Its run says that you tried it.</p>}
    </div>
  )
}

import { PasswordField } from '../../ui/PasswordField.tsx'
import { Select } from '../../ui/Select.tsx'
import { TextField } from '../../ui/TextField.tsx'
import type { Trial } from './trial.ts'

const CREDENTIALS = [
  { value: 'token', label: 'This token' },
  { value: 'basic', label: 'My password (Basic)' },
  { value: 'customer', label: 'As customer…' },
  { value: 'none', label: 'None' }
]
const CARRIERS = [
  { value: 'bearer', label: 'Authorization: Bearer' },
  { value: 'header', label: 'Header access_token' },
  { value: 'query', label: 'Query access_token' }
]

/** Who calls. What is typed here lives as long as the tab of the page does. */
export function CredentialFields({ trial, onChange }: { trial: Trial; onChange: (patch: Partial<Trial>) => void }) {
  const { credential, carrier, token, email, password, secret, customerId } = trial
  return (
    <div className="stack">
      <div className="grid gap-3 sm:grid-cols-2">
        <Select
          label="Credential"
          value={credential}
          options={CREDENTIALS}
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
        <>
          <TextField
            label="Customer id"
            mono
            hint="As your back end names it. An id that is new here makes a customer."
            value={customerId}
            onChange={(next) => onChange({ customerId: next })}
          />
          <PasswordField
            label="Workspace secret"
            autoComplete="off"
            hint="The page signs a token of 10 minutes with it. It is not sent and not kept."
            value={secret}
            onChange={(next) => onChange({ secret: next })}
          />
        </>
      )}
    </div>
  )
}

import { useId, useState } from 'react'
import { call } from '../../api/call.ts'
import type { AdminToken } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { plural } from '../../lib/plural.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { notify } from '../../ui/notify.tsx'
import { TextField } from '../../ui/TextField.tsx'

const REASONS = ['Found in public', 'Left the company', 'Replaced']
const REASON_MAX = 500
const NAMED = 5

export interface Revoked {
  count: number
  ms: number
  /** The token, if a single one was chosen. */
  target: string | undefined
}

/** Revokes tokens of any account, with a reason that their owners are told. */
export function RevokeTokens({
  tokens,
  onClose,
  onDone
}: {
  tokens: readonly AdminToken[]
  onClose: () => void
  onDone: (revoked: Revoked) => void
}) {
  const group = useId()
  const [reason, setReason] = useState('')
  const owners = [...new Set(tokens.map(({ email }) => email))]
  const [only, ...others] = tokens
  const close = (): void => {
    setReason('')
    onClose()
  }

  async function revoke(): Promise<void> {
    const startedAt = performance.now()
    const body = { ids: tokens.map(({ id }) => id), reason: reason.trim() }
    const { revoked } = await call<{ revoked: number }>('POST', '/v1/admin/tokens/revoke', { body })
    onDone({
      count: revoked,
      ms: performance.now() - startedAt,
      target: others.length === 0 ? only?.id : undefined
    })
    notify(`${plural(revoked, 'token')} revoked`)
    await refresh('/v1/admin/tokens', '/v1/tokens')
  }

  return (
    <Confirm
      open={tokens.length > 0}
      onClose={close}
      title={`Revoke ${plural(tokens.length, 'token')}?`}
      action={tokens.length === 1 ? 'Revoke token' : 'Revoke tokens'}
      {...(tokens.length > 1 ? { typed: String(tokens.length) } : {})}
      disabled={reason.trim() === ''}
      onConfirm={revoke}
    >
      <p>
        Calls with {tokens.length === 1 ? 'it' : 'them'} are refused from the next one on. This cannot be undone.{' '}
        {ownersText(owners)} told why.
      </p>
      <ul className="list-disc pl-5">
        {tokens.slice(0, NAMED).map(({ id, name, start, email }) => (
          <li key={id} className="break-words">
            <code>{start}…</code> {name} of {email}
          </li>
        ))}
        {tokens.length > NAMED && <li>and {plural(tokens.length - NAMED, 'more', 'more')}</li>}
      </ul>
      <TextField label="Reason" maxLength={REASON_MAX} value={reason} onChange={setReason} />
      <div role="group" aria-labelledby={group} className="row">
        <span id={group} className="dim small">
          Often:
        </span>
        {REASONS.map((offered) => (
          <Button key={offered} className="small" onClick={() => setReason(offered)}>
            {offered}
          </Button>
        ))}
      </div>
    </Confirm>
  )
}

function ownersText(owners: readonly string[]): string {
  return owners.length === 1 ? `${owners[0]} is` : `${owners.length.toLocaleString('en')} owners are`
}

import { useRef, useState, type FormEvent } from 'react'
import { call } from '../../api/call.ts'
import type { TokenInspection } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { Findings } from './Findings.tsx'

/**
 * Shows what a token is, and the result of each check. The token is kept only in the field: in no cache, URL or
 * storage.
 */
export default function Inspect() {
  const [token, setToken] = useState('')
  const [missing, setMissing] = useState(false)
  const [found, setFound] = useState<TokenInspection>()
  const form = useRef<HTMLFormElement>(null)
  const inspect = useAction(async () => {
    setFound(undefined)
    setFound(await call<TokenInspection>('POST', '/v1/tokens/inspect', { body: { token: token.trim() } }))
  })

  function submit(event: FormEvent): void {
    event.preventDefault()
    setMissing(token.trim() === '')
    if (token.trim() === '') form.current?.querySelector('input')?.focus()
    else void inspect.run()
  }

  function clear(): void {
    setToken('')
    setMissing(false)
    setFound(undefined)
    inspect.reset()
    form.current?.querySelector('input')?.focus()
  }

  return (
    <>
      <PageHead title="Token inspector" about="Paste any token to see what it is and why it is refused." />
      <form ref={form} noValidate onSubmit={submit} className="panel stack max-w-[760px] p-4">
        {inspect.error !== undefined && <ErrorNote error={inspect.error} />}
        <PasswordField
          label="Token"
          autoComplete="off"
          hint="API tokens, sessions, integration tokens and the JWTs of your customers. Not stored and not logged."
          error={missing ? 'Paste a token.' : undefined}
          value={token}
          onChange={(next) => {
            setToken(next)
            setMissing(false)
          }}
        />
        <div className="row justify-end">
          <Button onClick={clear}>Clear</Button>
          <Button type="submit" look="primary" pending={inspect.pending}>
            Inspect
          </Button>
        </div>
      </form>
      {found && <Findings found={found} />}
    </>
  )
}

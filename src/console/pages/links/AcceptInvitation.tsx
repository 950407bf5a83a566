import { useState } from 'react'
import { call } from '../../api/call.ts'
import { signIn } from '../../api/sign-in.ts'
import type { Account } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh } from '../../api/use-api.ts'
import { ProveForm } from '../../frame/ProveForm.tsx'
import { useGo } from '../../lib/navigation.ts'
import { writeStored } from '../../lib/stored.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Radios } from '../../ui/Radios.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import type { AccountLink } from './account-link.ts'
import { JoinAsNew } from './JoinAsNew.tsx'
import { useVisitor } from './use-visitor.ts'

/**
 * Adds somebody to a workspace: with the signed-in account, with another account that has to sign in, or with a new
 * one.
 */
export function AcceptInvitation({
  path,
  link,
  mail,
  passwordMin
}: {
  path: string
  link: AccountLink
  mail: { mailCode?: string }
  passwordMin: number
}) {
  const go = useGo()
  const visitor = useVisitor()
  const { email, workspace } = link

  /** @param send the body that the link needs from this visitor */
  async function accept(send: object): Promise<void> {
    await call('POST', path, { body: { ...send, ...mail }, gate: false })
    if (workspace) writeStored('workspace', workspace.id)
  }

  async function enter(): Promise<void> {
    await refresh('/v1/')
    await go('/', { replace: true })
  }

  return (
    <>
      <PageHead
        title={`Join ${workspace?.name ?? 'the workspace'}`}
        about={`${email} is invited${workspace ? ` as ${workspace.role}` : ''}.`}
      />
      {visitor.account === undefined && <Skeleton />}
      {visitor.account === null && (
        <SignedOut
          email={email}
          passwordMin={passwordMin}
          onNew={async (body) => {
            await accept(body)
            await signIn({ email, password: body.password })
            await enter()
          }}
          onKnown={async (body) => {
            await signIn(body)
            await accept({})
            await enter()
          }}
        />
      )}
      {visitor.account && isSame(visitor.account, email) && (
        <AcceptNow
          onAccept={async () => {
            await accept({})
            await enter()
          }}
        />
      )}
      {visitor.account && !isSame(visitor.account, email) && (
        <SomebodyElse account={visitor.account} email={email} onSignOut={visitor.signOut} />
      )}
    </>
  )
}

function isSame(account: Account, email: string): boolean {
  return account.email.toLowerCase() === email.toLowerCase()
}

function AcceptNow({ onAccept }: { onAccept: () => Promise<void> }) {
  const accept = useAction(onAccept)
  return (
    <>
      {accept.error !== undefined && <ErrorNote error={accept.error} />}
      <Button look="primary" pending={accept.pending} onClick={() => void accept.run()}>
        Accept invitation
      </Button>
    </>
  )
}

function SomebodyElse({
  account,
  email,
  onSignOut
}: {
  account: Account
  email: string
  onSignOut: () => Promise<void>
}) {
  const leave = useAction(onSignOut)
  return (
    <>
      <Note>
        The invitation is for {email}, and you are signed in as {account.email}.
      </Note>
      {leave.error !== undefined && <ErrorNote error={leave.error} />}
      <Button pending={leave.pending} onClick={() => void leave.run()}>
        Sign out and go on
      </Button>
    </>
  )
}

function SignedOut({
  email,
  passwordMin,
  onNew,
  onKnown
}: {
  email: string
  passwordMin: number
  onNew: (body: { name: string; password: string }) => Promise<void>
  onKnown: (body: { email: string; password: string; totp?: string }) => Promise<void>
}) {
  const [who, setWho] = useState<'new' | 'known'>('new')
  return (
    <>
      <Radios
        legend="Your account"
        value={who}
        onChange={setWho}
        choices={[
          { value: 'new', label: 'I am new here' },
          { value: 'known', label: 'I have an account' }
        ]}
      />
      {who === 'new' ? (
        <JoinAsNew email={email} passwordMin={passwordMin} onSend={onNew} onKnown={() => setWho('known')} />
      ) : (
        <ProveForm email={email} label="Password" action="Sign in and join" onSend={onKnown} />
      )}
    </>
  )
}

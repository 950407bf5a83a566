import { call } from '../api/call.ts'
import { signInGate } from '../api/gate.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { hrefOf } from '../ui/Link.tsx'
import { ProveForm } from './ProveForm.tsx'
import { useAccount } from './session.tsx'

/**
 * The dialog for a session that ended while a page was open. Typed text stays under the dialog, and the refused call is
 * repeated.
 */
export function SignInAgain() {
  const { email } = useAccount()
  return (
    <Dialog open={signInGate.useClosed()} onClose={() => undefined} title="Sign in again" sticky>
      <p>Your session has ended. What you typed is still on the page.</p>
      <ProveForm
        email={email}
        label="Password"
        action="Sign in"
        onSend={async (body) => {
          await call('POST', '/v1/sessions', { body, gate: false })
          signInGate.open()
        }}
      >
        <a href={hrefOf('/sign-in')}>Sign in as somebody else</a>
      </ProveForm>
    </Dialog>
  )
}

import { call } from '../api/call.ts'
import { confirmationGate } from '../api/gate.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { ProveForm } from './ProveForm.tsx'
import { useAccount } from './session.tsx'

/** The dialog at which a call that widens trust waits until the session is confirmed. The call is then repeated. */
export function ConfirmPassword() {
  const { email } = useAccount()
  return (
    <Dialog
      open={confirmationGate.useClosed()}
      onClose={() => confirmationGate.decline()}
      title="Confirm with your password"
    >
      <p>This changes who may do what. For the next 10 minutes you are not asked again.</p>
      <ProveForm
        email={email}
        label="Your password"
        action="Confirm"
        onSend={async ({ password, totp }) => {
          const body = { password, ...(totp ? { totp } : {}) }
          await call('POST', '/v1/sessions/current/confirm', { body, gate: false })
          confirmationGate.open()
        }}
      >
        <Button onClick={() => confirmationGate.decline()}>Cancel</Button>
      </ProveForm>
    </Dialog>
  )
}

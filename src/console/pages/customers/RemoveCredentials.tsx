import { call } from '../../api/call.ts'
import { refresh } from '../../api/use-api.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { notify } from '../../ui/notify.tsx'
import type { ManagedCustomer } from './customer.ts'

/** Deletes the credentials that a customer stored, with which flows sign in on its behalf. */
export function RemoveCredentials({
  path,
  customer: { id, name, credentialNames = [] },
  open,
  onClose
}: {
  path: string
  customer: ManagedCustomer
  open: boolean
  onClose: () => void
}) {
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Remove the credentials of ${name ?? id}?`}
      action="Remove credentials"
      onConfirm={async () => {
        await call('DELETE', `${path}/credentials`)
        notify('Credentials removed')
        await refresh(path.slice(0, path.lastIndexOf('/')))
      }}
    >
      <p>
        {credentialNames.join(', ')}: flows that use them fail for this customer until it stores them again. This cannot
        be undone.
      </p>
    </Confirm>
  )
}

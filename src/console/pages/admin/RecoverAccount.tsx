import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Account } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { holdSecret } from '../../lib/held-secret.ts'
import { Check } from '../../ui/Check.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { ACCOUNTS } from './ChangeAccount.tsx'
import { ACCOUNT_LINK, type MadeLink } from './account-link.ts'

/** Creates a link for an owner who lost the password or the phone. */
export function RecoverAccount({
  account: { id, email },
  open,
  onClose
}: {
  account: Account
  open: boolean
  onClose: () => void
}) {
  const [removeSecondFactor, setRemoveSecondFactor] = useState(false)
  const [revokeTokens, setRevokeTokens] = useState(false)
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Make a recovery link for ${email}?`}
      action="Make link"
      danger={false}
      onConfirm={async () => {
        const body = { removeSecondFactor, revokeTokens }
        const { link } = await call<MadeLink>('POST', `${ACCOUNTS}/${id}/recovery`, { body })
        holdSecret(ACCOUNT_LINK, link)
        scrollTo({ top: 0 })
        await refresh(ACCOUNTS)
      }}
    >
      <p>Whoever opens it can set a new password, for 24 hours. Until then nothing about the account changes.</p>
      <Check
        label="Also remove the second factor"
        hint="When the link is used: for a lost phone."
        checked={removeSecondFactor}
        onChange={setRemoveSecondFactor}
      />
      <Check
        label="Also revoke all its tokens"
        hint="When the link is used: if somebody else may have had them."
        checked={revokeTokens}
        onChange={setRevokeTokens}
      />
    </Confirm>
  )
}

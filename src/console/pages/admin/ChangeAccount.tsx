import { call } from '../../api/call.ts'
import type { Account } from '../../api/types.ts'
import { refresh } from '../../api/use-api.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { notify } from '../../ui/notify.tsx'

export const ACCOUNTS = '/v1/admin/accounts'

export type AccountChange = 'suspend' | 'restore' | 'promote' | 'demote'

interface Words {
  title: (email: string) => string
  action: string
  effect: string
  done: string
  body: { suspended: boolean } | { role: Account['role'] }
}

const WORDS: Readonly<Record<AccountChange, Words>> = {
  suspend: {
    title: (email) => `Suspend ${email}?`,
    action: 'Suspend account',
    effect: 'Its sessions end, and calls with its tokens are refused from the next one on. Restoring undoes this.',
    done: 'Account suspended',
    body: { suspended: true }
  },
  restore: {
    title: (email) => `Restore ${email}?`,
    action: 'Restore account',
    effect: 'It can sign in again.',
    done: 'Account restored',
    body: { suspended: false }
  },
  promote: {
    title: (email) => `Make ${email} an admin?`,
    action: 'Make admin',
    effect: 'An admin sees all accounts and tokens, and can suspend and revoke them.',
    done: 'Account is an admin now',
    body: { role: 'admin' }
  },
  demote: {
    title: (email) => `Make ${email} a user?`,
    action: 'Make user',
    effect: 'It no longer sees the pages of admins. Its own workspaces and tokens stay.',
    done: 'Account is a user now',
    body: { role: 'user' }
  }
}

export function ChangeAccount({
  account: { id, email },
  change,
  onClose
}: {
  account: Account
  change: AccountChange | undefined
  onClose: () => void
}) {
  const words = WORDS[change ?? 'restore']
  return (
    <Confirm
      open={change !== undefined}
      onClose={onClose}
      title={words.title(email)}
      action={words.action}
      danger={change === 'suspend'}
      onConfirm={async () => {
        await call('PATCH', `${ACCOUNTS}/${id}`, { body: words.body })
        notify(words.done)
        await refresh(ACCOUNTS)
      }}
    >
      {words.effect}
    </Confirm>
  )
}

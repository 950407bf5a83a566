import { call } from '../../api/call.ts'
import { refresh } from '../../api/use-api.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { notify } from '../../ui/notify.tsx'
import type { ManagedCustomer } from './customer.ts'

export type CustomerStop = 'block' | 'refuse-older' | 'unblock'

interface Words {
  title: (name: string) => string
  action: string
  effect: string
  done: string
  body: () => { blocked?: true | null; tokensNotBefore?: string | null }
}

const WORDS: Readonly<Record<CustomerStop, Words>> = {
  block: {
    title: (name) => `Block ${name}?`,
    action: 'Block customer',
    effect:
      'All its tokens are refused from the next call on, also those that your back end signs later. ' +
      'Unblocking undoes this.',
    done: 'Customer blocked',
    body: () => ({ blocked: true })
  },
  'refuse-older': {
    title: (name) => `Refuse the tokens of ${name} until now?`,
    action: 'Refuse older tokens',
    effect:
      'Tokens that were signed before now are refused from the next call on. ' +
      'Tokens that your back end signs from now on work.',
    done: 'Older tokens are refused',
    body: () => ({ tokensNotBefore: new Date().toISOString() })
  },
  unblock: {
    title: (name) => `Unblock ${name}?`,
    action: 'Unblock customer',
    effect: 'Its tokens work again, older ones as well, unless they have ended.',
    done: 'Customer unblocked',
    body: () => ({ blocked: null, tokensNotBefore: null })
  }
}

/** Blocks or unblocks a customer. */
export function BlockCustomer({
  path,
  customer: { id, name },
  stop,
  onClose
}: {
  path: string
  customer: ManagedCustomer
  stop: CustomerStop | undefined
  onClose: () => void
}) {
  const words = WORDS[stop ?? 'unblock']
  return (
    <Confirm
      open={stop !== undefined}
      onClose={onClose}
      title={words.title(name ?? id)}
      action={words.action}
      danger={stop !== 'unblock'}
      onConfirm={async () => {
        await call('PATCH', path, { body: words.body() })
        notify(words.done)
        await refresh(path.slice(0, path.lastIndexOf('/')))
      }}
    >
      {words.effect}
    </Confirm>
  )
}

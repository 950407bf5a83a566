import { useRead } from '../api/use-api.ts'
import type { Account } from '../api/types.ts'
import Frame from './Frame.tsx'
import { AccountContext } from './session.tsx'

/**
 * How often the account is read, so that a page that reads nothing itself also notices that the session or the gateway
 * is gone.
 */
const EVERY_MS = 5_000

/** The frame, with the account that the route has loaded. */
export default function SignedIn() {
  const { data } = useRead<Account>('/v1/account', { every: EVERY_MS })
  if (!data) return null
  return (
    <AccountContext value={data}>
      <Frame />
    </AccountContext>
  )
}

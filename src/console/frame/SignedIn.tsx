import { useRead } from '../api/use-api.ts'
import type { Account } from '../api/types.ts'
import Frame from './Frame.tsx'
import { AccountContext } from './session.tsx'

/** A page that reads nothing by itself also learns that the session or the gateway is gone. */
const EVERY_MS = 5_000

/** The frame, for the account that was asked for before it was loaded. */
export default function SignedIn() {
  const { data } = useRead<Account>('/v1/account', { every: EVERY_MS })
  if (!data) return null
  return (
    <AccountContext value={data}>
      <Frame />
    </AccountContext>
  )
}

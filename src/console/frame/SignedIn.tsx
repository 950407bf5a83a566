import { useRead } from '../api/use-api.ts'
import type { Account } from '../api/types.ts'
import Frame from './Frame.tsx'
import { AccountContext } from './session.tsx'

/** The frame, for the account that was asked for before it was loaded. */
export default function SignedIn() {
  const { data } = useRead<Account>('/v1/account')
  if (!data) return null
  return (
    <AccountContext value={data}>
      <Frame />
    </AccountContext>
  )
}

import { useEffect, useState } from 'react'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { queryClient } from '../../api/query-client.ts'
import type { Account } from '../../api/types.ts'

export interface Visitor {
  /** Undefined while it is loading; null = nobody is signed in. */
  account: Account | null | undefined
  signOut(): Promise<void>
}

/** The account that is signed in, on a page that needs no sign-in. */
export function useVisitor(): Visitor {
  const [account, setAccount] = useState<Account | null>()
  useEffect(() => {
    const stop = new AbortController()
    call<Account>('GET', '/v1/account', { gate: false, signal: stop.signal }).then(setAccount, (error: unknown) => {
      if (error instanceof ApiProblem) setAccount(null)
    })
    return () => stop.abort()
  }, [])
  return {
    account,
    async signOut() {
      await call('DELETE', '/v1/sessions/current', { gate: false })
      queryClient.clear()
      setAccount(null)
    }
  }
}

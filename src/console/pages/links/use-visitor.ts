import { useEffect, useState } from 'react'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { queryClient } from '../../api/query-client.ts'
import type { Account } from '../../api/types.ts'

export interface Visitor {
  /** Undefined while it is asked; null = nobody is signed in. */
  account: Account | null | undefined
  signOut(): Promise<void>
}

/** Who is signed in on a page that needs nobody to be. */
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

import { createContext, useContext } from 'react'
import type { Account } from '../api/types.ts'

export const AccountContext = createContext<Account | undefined>(undefined)

/** The account that is signed in. */
export function useAccount(): Account {
  const account = useContext(AccountContext)
  if (!account) throw new Error('useAccount is for pages inside of the frame')
  return account
}

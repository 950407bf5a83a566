import { QueryCache, QueryClient } from '@tanstack/react-query'
import { holdsCredential } from './secret-guard.ts'

/**
 * The only cache of answers. `call` repeats reads while the gateway does not answer, so a query that fails was refused.
 * Changes do not use the cache: their variables hold passwords and their answers hold tokens (see `useAction`).
 */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onSuccess(data, query) {
      if (!holdsCredential(data)) return
      queryClient.removeQueries({ queryKey: query.queryKey, exact: true })
      throw new Error(`the answer of ${JSON.stringify(query.queryKey[0])} holds a credential and may not be cached`)
    }
  }),
  defaultOptions: {
    // `navigator.onLine` says nothing about the gateway, which may run on this machine.
    queries: { retry: false, staleTime: 5_000, networkMode: 'always', refetchOnWindowFocus: true },
    mutations: { networkMode: 'always', gcTime: 0 }
  }
})

import { call } from '../api/call.ts'
import { queryClient } from '../api/query-client.ts'
import { hrefOf } from '../ui/Link.tsx'

/** Ends the session and reloads the page, so that nothing that was read or shown stays in memory. */
export async function signOut(): Promise<void> {
  try {
    await call('DELETE', '/v1/sessions/current', { gate: false })
  } finally {
    queryClient.clear()
    location.assign(hrefOf('/sign-in'))
  }
}

import { useState } from 'react'
import type { Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import type { ListedRequest } from '../requests/use-requests.ts'

const EVERY_MS = 2_000
const SHOWN = 20
/** Calls of this time before the page was opened are shown too, in milliseconds. */
const BEFORE_MS = 60 * 60_000

/** The newest calls with a token, polled while the page is visible. */
export function useLiveCalls(tokenId: string) {
  const [since] = useState(() => new Date(Date.now() - BEFORE_MS).toISOString())
  const query = { tokenId, since, limit: SHOWN }
  const { data, error, refetch } = useRead<Page<ListedRequest>>('/v1/requests', { query, every: EVERY_MS })
  return { data: data?.items, error, refetch }
}

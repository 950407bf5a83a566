import type { ActionOrigins } from '../actions/action-cache.ts'
import { type CallTarget, findListener } from '../gateway/admit.ts'
import type { ListenerRecord } from '../listeners/listener-cache.ts'
import type { RecordCache } from '../platform/db/record-cache.ts'
import type { CallFacts } from './call-headers.ts'

export interface CallPageDeps {
  listeners: RecordCache<ListenerRecord>
  actionOrigins: ActionOrigins
}

/** The listener that a page in a browser calls, and what allows its origin. */
export interface CallPage {
  /** Undefined if the URL names none. */
  listener?: ListenerRecord
  /** What allows the page's origin. */
  namedBy: CallFacts['pageNamedBy']
}

/** Finds the listener that a page of this origin calls, and what allows the origin. */
export async function readPage(
  deps: CallPageDeps,
  { listenerId, others }: CallTarget,
  page: string
): Promise<CallPage> {
  const named = listenerId ?? others?.[0]
  const listener = named === undefined ? undefined : await findListener(deps.listeners, named)
  if (!listener) return { namedBy: undefined }
  if (listener.corsOrigins.some((allowed) => allowed === '*' || allowed === page))
    return { listener, namedBy: 'listener' }
  const origins = await deps.actionOrigins.ofListener(listener.id)
  return { listener, namedBy: origins?.has(page) ? 'action' : undefined }
}

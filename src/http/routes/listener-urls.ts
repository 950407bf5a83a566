import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { CallTarget } from '../../gateway/admit.ts'
import { isId } from '../../lib/ids.ts'
import type { CallRouters } from '../../listeners/call-routers.ts'
import { CallPathParams, ListenerParams } from '../params.ts'
import { pathOf } from '../request.ts'

/** Finds the listener that a URL names for a method. */
export type Locate = (request: FastifyRequest, method: string) => CallTarget | Promise<CallTarget>

const ID_PATH = '/v1/dynamic/listener/:listenerId'
const NAMED_PATH = '/v1/call/:slug/*'

/** The URLs of listeners: by id, and by the slug of the workspace with a path of the listener's own. */
export function urlsOf({ callRouters }: { callRouters: CallRouters }) {
  const byId: Locate = ({ params }) => {
    const { listenerId } = params as Static<typeof ListenerParams>
    return { listenerId: isId('lsn', listenerId) ? listenerId : undefined }
  }
  const byPath: Locate = async (request, method) => {
    const found = await callRouters.find(
      (request.params as Static<typeof CallPathParams>).slug,
      method,
      ownPath(request)
    )
    if (!found) return { listenerId: undefined, pathParams: {} }
    const { listenerId, pathParams, listenerIds } = found
    return { listenerId, pathParams, ...(listenerId === undefined ? { others: listenerIds } : {}) }
  }
  return [
    { url: ID_PATH, params: ListenerParams, locate: byId, operationId: 'callListener', summary: 'Call a listener' },
    {
      url: NAMED_PATH,
      params: CallPathParams,
      locate: byPath,
      operationId: 'callListenerByPath',
      summary: 'Call a listener by its path'
    }
  ] as const
}

/** The part of the path after the slug, as it was sent. */
function ownPath(request: FastifyRequest): string {
  return `/${pathOf(request).split('/').slice(4).join('/')}`
}

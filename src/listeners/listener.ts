import type { Listener } from '../db/client.ts'
import type { RateLimit } from '../tokens/token.ts'

/** How a credential comes in. `header` and `query` are those named for tokens: `access_token`, `jwt_token`, `token`. */
export const CARRIERS = ['bearer', 'basic', 'header', 'query'] as const
export type ListenerCarrier = (typeof CARRIERS)[number]

/** Who a credential stands for. */
export const PRINCIPALS = ['token', 'basic', 'customer', 'action'] as const
export type ListenerPrincipal = (typeof PRINCIPALS)[number]

export const MODES = ['sync', 'async'] as const
export const RESPONSES = ['output', 'http'] as const
export const STATUS_MODES = ['strict', 'compat'] as const
/** `OPTIONS` is answered by the gateway itself, as CORS asks. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type ListenerMethod = (typeof METHODS)[number]

/** Whom a listener lets in. What is absent is not narrowed. */
export interface ListenerAuth {
  carriers?: ListenerCarrier[] | undefined
  principals?: ListenerPrincipal[] | undefined
  /** Whether it answers without any credential. */
  anonymous?: boolean | undefined
}

/** A listener as the members of its workspace see it. */
export interface PublicListener {
  id: string
  workspaceId: string
  name: string
  flowId: string
  url: string
  /** Absent = every method. */
  methods?: ListenerMethod[]
  mode: (typeof MODES)[number]
  enabled: boolean
  respond: (typeof RESPONSES)[number]
  statusMode: (typeof STATUS_MODES)[number]
  auth: ListenerAuth
  timeoutSeconds: number
  corsOrigins: string[]
  allowedIps: string[]
  rateLimit: RateLimit | null
  createdAt: string
  updatedAt: string
}

/** @param publicUrl without a trailing slash */
export function publicListener(listener: Listener, publicUrl: string): PublicListener {
  return {
    id: listener.id,
    workspaceId: listener.workspaceId,
    name: listener.name,
    flowId: listener.flowId,
    url: urlOf(publicUrl, listener.id),
    ...(listener.methods.length > 0 ? { methods: listener.methods as ListenerMethod[] } : {}),
    mode: listener.mode as PublicListener['mode'],
    enabled: listener.enabled,
    respond: listener.respond as PublicListener['respond'],
    statusMode: listener.statusMode as PublicListener['statusMode'],
    auth: listener.auth as ListenerAuth,
    timeoutSeconds: listener.timeoutSeconds,
    corsOrigins: listener.corsOrigins,
    allowedIps: listener.allowedIps,
    rateLimit: listener.rateLimit as RateLimit | null,
    createdAt: listener.createdAt.toISOString(),
    updatedAt: listener.updatedAt.toISOString()
  }
}

/** Where it is called. Holds no secret. */
export function urlOf(publicUrl: string, listenerId: string): string {
  return `${publicUrl}/v1/dynamic/listener/${listenerId}`
}

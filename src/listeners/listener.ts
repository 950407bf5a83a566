import { Prisma, type Listener } from '../platform/db/client.ts'
import type { RateLimit } from '../tokens/token.ts'

/** How a credential comes in. `header` and `query` are those named for tokens: `access_token`, `jwt_token`, `token`. */
export const CARRIERS = ['bearer', 'basic', 'header', 'query'] as const
/** Who a credential stands for. */
export const PRINCIPALS = ['token', 'basic', 'customer', 'action'] as const
export const MODES = ['sync', 'async'] as const
export const RESPONSES = ['output', 'http'] as const
export const STATUS_MODES = ['strict', 'compat'] as const
/** What becomes of a run whose listener's time is over: it fails, or goes on as a durable run and the caller is answered 202. */
export const ON_DEADLINE = ['fail', 'continue'] as const
/** `OPTIONS` is answered by the gateway itself, as CORS asks. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export const TIMEOUT_SECONDS_DEFAULT = 30
export const TIMEOUT_SECONDS_MAX = 300
/** Of one listener's `auth`. A grant for more than these is one for a kind, or a rule in the flow. */
export const GRANTED_CUSTOMERS_MAX = 500
/** Queued runs of a higher priority start first. */
export const PRIORITY = { min: -10, max: 10 } as const
export const MAX_CONCURRENCY_MAX = 1_000

/** Whom a listener lets in. What is absent is not narrowed. */
export interface ListenerAuth {
  carriers?: (typeof CARRIERS)[number][] | undefined
  principals?: (typeof PRINCIPALS)[number][] | undefined
  /** The customers that it is for, by the ids that their back end gives them, seen already or not; also those whom a token inside an action stands for. */
  customers?: string[] | undefined
  /** Whether it answers without any credential. */
  anonymous?: boolean | undefined
}

/** All that people say of a listener. */
export interface ListenerSettings {
  name: string
  flowId: string
  /** null = every method. */
  methods: (typeof METHODS)[number][] | null
  mode: (typeof MODES)[number]
  enabled: boolean
  respond: (typeof RESPONSES)[number]
  statusMode: (typeof STATUS_MODES)[number]
  auth: ListenerAuth
  timeoutSeconds: number
  corsOrigins: string[]
  /** Empty = from anywhere. */
  allowedIps: string[]
  rateLimit: RateLimit | null
  priority: number
  /** Durable runs at once; null = as many as there is room for. */
  maxConcurrency: number | null
  onDeadline: (typeof ON_DEADLINE)[number]
}

/** A listener as the members of its workspace see it. */
export interface PublicListener extends ListenerSettings {
  id: string
  workspaceId: string
  url: string
  createdAt: string
  updatedAt: string
}

export const DEFAULT_SETTINGS = {
  methods: null,
  mode: 'sync',
  enabled: true,
  respond: 'output',
  statusMode: 'strict',
  auth: {},
  timeoutSeconds: TIMEOUT_SECONDS_DEFAULT,
  corsOrigins: [],
  allowedIps: [],
  rateLimit: null,
  priority: 0,
  maxConcurrency: null,
  onDeadline: 'fail'
} as const satisfies Partial<ListenerSettings>

/** @param publicUrl without a trailing slash */
export function publicListener(listener: Listener, publicUrl: string): PublicListener {
  return {
    id: listener.id,
    workspaceId: listener.workspaceId,
    url: urlOf(publicUrl, listener.id),
    ...settingsOf(listener),
    createdAt: listener.createdAt.toISOString(),
    updatedAt: listener.updatedAt.toISOString()
  }
}

/** Where it is called. Holds no secret. */
export function urlOf(publicUrl: string, listenerId: string): string {
  return `${publicUrl}/v1/dynamic/listener/${listenerId}`
}

export function settingsOf(listener: Listener): ListenerSettings {
  const { name, flowId, enabled, timeoutSeconds, corsOrigins, allowedIps, priority, maxConcurrency } = listener
  return {
    name,
    flowId,
    methods: listener.methods.length > 0 ? (listener.methods as ListenerSettings['methods']) : null,
    mode: listener.mode as ListenerSettings['mode'],
    enabled,
    respond: listener.respond as ListenerSettings['respond'],
    statusMode: listener.statusMode as ListenerSettings['statusMode'],
    auth: listener.auth as ListenerAuth,
    timeoutSeconds,
    corsOrigins,
    allowedIps,
    rateLimit: listener.rateLimit as RateLimit | null,
    priority,
    maxConcurrency,
    onDeadline: listener.onDeadline as ListenerSettings['onDeadline']
  }
}

/** The columns that hold the settings. */
export function columnsOf({ methods, auth, rateLimit, ...rest }: ListenerSettings) {
  return { ...rest, methods: methods ?? [], auth: { ...auth }, rateLimit: rateLimit ? { ...rateLimit } : Prisma.DbNull }
}

import { Prisma, type Listener } from '../platform/db/client.ts'
import { pathUrlOf } from './call-path.ts'
import type { RateLimit } from '../tokens/token.ts'
import type { ListenerSignature } from './signatures/settings.ts'

/** How a call carries its credential. `header` and `query` mean the names `access_token`, `jwt_token` and `token`. */
export const CARRIERS = ['bearer', 'basic', 'header', 'query'] as const
/** The kinds of principal that a credential can stand for. */
export const PRINCIPALS = ['token', 'basic', 'customer', 'action'] as const
export const MODES = ['sync', 'async'] as const
export const RESPONSES = ['output', 'http', 'stream'] as const
export const STATUS_MODES = ['strict', 'compat'] as const
/**
 * What happens to a run at its listener's deadline: `fail` ends it; `continue` turns it into a durable run and answers
 * the caller with 202.
 */
export const ON_DEADLINE = ['fail', 'continue'] as const
/** Which inline runs are recorded. */
export const RECORDS = ['all', 'failed', 'none'] as const
/** Which steps of an inline run are recorded. */
export const RECORDED_STEPS = ['all', 'failed'] as const
/**
 * `strict`: all processes count each call together. Otherwise each process counts its own calls, and the counts are
 * added up soon after.
 */
export interface ListenerRateLimit extends RateLimit {
  enforcement?: 'local' | 'strict'
}

/** The gateway itself answers `OPTIONS` (CORS preflight). */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export const TIMEOUT_SECONDS_DEFAULT = 30
export const TIMEOUT_SECONDS_MAX = 300
/** The most customers in one listener's `auth`. To grant more, use `principals` or a rule in the flow. */
export const GRANTED_CUSTOMERS_MAX = 500
/** Queued runs of a higher priority start first. */
export const PRIORITY = { min: -10, max: 10 } as const
export const MAX_CONCURRENCY_MAX = 1_000
export const KEY_PATTERN = '^[a-z0-9][a-z0-9_-]{0,63}$'

/** Restricts who can call a listener. An absent field is no restriction. */
export interface ListenerAuth {
  carriers?: (typeof CARRIERS)[number][] | undefined
  principals?: (typeof PRINCIPALS)[number][] | undefined
  /**
   * The only customers that may call it, by the ids that their back end gives them, whether they exist already or not.
   * This also covers customers with an integration token.
   */
  customers?: string[] | undefined
  /** Whether it accepts calls without a credential. */
  anonymous?: boolean | undefined
}

/** The settings of a listener. */
export interface ListenerSettings {
  name: string
  /** A name for clients that do not know the id, unique in the workspace; null = none. */
  key: string | null
  /** The path below the slug of the workspace, unique there for each method; null = callable by its id only. */
  path: string | null
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
  /** Empty = from any address. */
  allowedIps: string[]
  rateLimit: ListenerRateLimit | null
  priority: number
  /** The most concurrent durable runs; null = no limit of its own. */
  maxConcurrency: number | null
  onDeadline: (typeof ON_DEADLINE)[number]
  /** Whether callers may ask for a durable run by `Prefer: respond-async`; null = callers with a credential. */
  allowAsync: boolean | null
  /** Whether tokens and customers see their runs in full, including steps. */
  showSteps: boolean
  records: (typeof RECORDS)[number]
  steps: (typeof RECORDED_STEPS)[number]
  /** Whether the flow's input has the bytes of the body as `rawBody`, in base64. */
  rawBody: boolean
  /** How its calls are signed; null = they are not, and callers send a credential. */
  signature: ListenerSignature | null
  /** Whether it is a tool of agents (Model Context Protocol). */
  mcp: boolean
}

/** A listener as the members of its workspace see it. */
export interface PublicListener extends ListenerSettings {
  id: string
  workspaceId: string
  url: string
  /** The URL by its path, a template if it has parameters; null without a path, or without a slug of the workspace. */
  pathUrl: string | null
  createdAt: string
  updatedAt: string
}

export const DEFAULT_SETTINGS = {
  key: null,
  path: null,
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
  onDeadline: 'fail',
  allowAsync: null,
  showSteps: false,
  records: 'all',
  steps: 'all',
  rawBody: false,
  signature: null,
  mcp: false
} as const satisfies Partial<ListenerSettings>

/** A listener with the slug of its workspace, which is part of its URL. */
export type ListenerWithSlug = Listener & { workspace: { slug: string | null } }
export const WITH_SLUG = { workspace: { select: { slug: true } } } as const satisfies Prisma.ListenerInclude

/** @param publicUrl without a trailing slash */
export function publicListener(listener: ListenerWithSlug, publicUrl: string): PublicListener {
  const { path, workspace } = listener
  return {
    id: listener.id,
    workspaceId: listener.workspaceId,
    url: urlOf(publicUrl, listener.id),
    pathUrl: path === null || workspace.slug === null ? null : pathUrlOf(publicUrl, workspace.slug, path),
    ...settingsOf(listener),
    createdAt: listener.createdAt.toISOString(),
    updatedAt: listener.updatedAt.toISOString()
  }
}

/** The URL that calls the listener. It contains no secret. */
export function urlOf(publicUrl: string, listenerId: string): string {
  return `${publicUrl}/v1/dynamic/listener/${listenerId}`
}

/** The methods that a listener claims at its path. */
export function claimedMethods(methods: readonly string[]): readonly string[] {
  return methods.length > 0 ? methods : METHODS
}

/** The settings of a listener as the API takes and shows them. */
export function settingsOf(listener: Listener): ListenerSettings {
  const { name, key, path, flowId, enabled, timeoutSeconds, corsOrigins, allowedIps, priority } = listener
  const { maxConcurrency, allowAsync, showSteps, rawBody, mcp } = listener
  return {
    name,
    key,
    path,
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
    rateLimit: listener.rateLimit as ListenerRateLimit | null,
    priority,
    maxConcurrency,
    onDeadline: listener.onDeadline as ListenerSettings['onDeadline'],
    allowAsync,
    showSteps,
    records: listener.records as ListenerSettings['records'],
    steps: listener.steps as ListenerSettings['steps'],
    rawBody,
    signature: listener.signature as unknown as ListenerSettings['signature'],
    mcp
  }
}

/** The columns that hold the settings. */
export function columnsOf({ methods, auth, rateLimit, signature, ...rest }: ListenerSettings) {
  return {
    ...rest,
    methods: methods ?? [],
    auth: { ...auth },
    rateLimit: rateLimit ? { ...rateLimit } : Prisma.DbNull,
    signature: signature ? (signature as unknown as Prisma.InputJsonObject) : Prisma.DbNull
  }
}

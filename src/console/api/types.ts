// What the API answers, as far as pages use it. A test compares each interface with the schema of its name in the OpenAPI document.

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

export interface Account {
  id: string
  email: string
  name: string
  role: 'user' | 'admin'
  createdAt: string
  suspended: boolean
}

export type Role = 'owner' | 'editor' | 'viewer'

export interface Workspace {
  id: string
  name: string
  key: string
  role: Role
  createdAt: string
}

export interface Scope {
  workspaces?: string[]
  listeners?: string[]
}

export interface RateLimit {
  limit: number
  windowSeconds: number
}

export interface Token {
  id: string
  name: string
  format: 'opaque' | 'jwt'
  start: string
  scope: Scope | null
  allowedIps: string[]
  rateLimit: RateLimit | null
  dailyQuota: number | null
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
  revokeReason: string | null
  replaces: string | null
  replacedBy: string | null
}

/** The answer that holds the token itself, once. */
export interface IssuedToken extends Token {
  token: string
}

export interface TokenUsage {
  lastUsedAt: string | null
  days: { day: string; calls: number; outcomes: Record<string, number> }[]
  addresses: { ip: string; calls: number; lastAt: string }[]
  addressCount: number
}

export interface Denial {
  id: string
  at: string
  reason: string
  listenerId: string | null
  ip: string
  requestId: string
}

export interface Listener {
  id: string
  workspaceId: string
  name: string
  flowId: string
  url: string
  methods: string[] | null
  mode: 'sync' | 'async'
  enabled: boolean
  respond: 'output' | 'http'
  createdAt: string
}

export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'

export interface Caller {
  kind: string
  id?: string
  name?: string
  tokenId?: string
}

export interface RunSummary {
  id: string
  workspaceId: string
  listenerId: string | null
  flowId: string
  flowVersion: number
  mode: 'sync' | 'async'
  status: RunStatus
  caller: Caller
  requestId: string
  startedAt: string
  finishedAt: string | null
}

export interface FlowError {
  type: string
  status: number
  title?: string
  detail?: string
  instance?: string
}

export interface Run extends RunSummary {
  input: unknown
  output: unknown
  error: FlowError | null
}

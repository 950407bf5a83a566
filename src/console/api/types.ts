// The parts of the API's answers that pages use. A test compares each interface with the schema of its name in the
// OpenAPI document.

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

export interface Account {
  id: string
  email: string
  /** Whether its owner opened a link that was mailed to it. */
  emailVerified: boolean
  name: string
  role: 'user' | 'admin'
  phoneNumber: string | null
  createdAt: string
  /** Invited = its owner has no password yet. */
  state: 'invited' | 'active' | 'suspended'
  suspended: boolean
}

export type Role = 'owner' | 'editor' | 'viewer'

export interface Workspace {
  id: string
  name: string
  slug: string | null
  key: string
  role: Role
  jwksUri: string | null
  secretKeyAuth: boolean
  algorithms: string[] | null
  maxTokenSeconds: number | null
  runRetentionDays: number
  /** Origins whose pages may make calls with the workspace's customers and tokens. */
  origins: string[]
  alertEmails: string[]
  /** An admin has suspended it: it can be read, but nothing in it runs. */
  suspended: boolean
  createdAt: string
}

export interface Member {
  accountId: string
  email: string
  name: string
  role: Role
  createdAt: string
}

export interface PublicKey {
  id: string
  name: string
  kid: string
  description: string
  thumbprint: string
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
  enabled: boolean
  description: string | null
  metadata: Record<string, string>
  /** Of a management token; null for one that calls listeners. */
  permissions: string[] | null
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
  revokeReason: string | null
  replaces: string | null
  replacedBy: string | null
}

/** The only answer that contains the token itself. */
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

export interface ListenerAuth {
  carriers?: string[]
  principals?: string[]
  customers?: string[]
  anonymous?: boolean
}

export interface ListenerSignature {
  preset: 'github' | 'stripe' | 'shopify' | 'slack' | 'standard-webhooks' | 'custom'
  /** Names of secrets. */
  secret: string | string[]
  toleranceSeconds?: number
  custom?: {
    header: string
    prefix?: string
    algorithm: string
    encoding: string
    payload?: string
    timestampHeader?: string
    idHeader?: string
  }
}

export interface Listener {
  id: string
  workspaceId: string
  name: string
  flowId: string
  url: string
  /** Null without a path, or without a slug of the workspace. */
  pathUrl: string | null
  methods: string[] | null
  mode: 'sync' | 'async'
  enabled: boolean
  respond: 'output' | 'http' | 'stream'
  statusMode: 'strict' | 'compat'
  auth: ListenerAuth
  timeoutSeconds: number
  corsOrigins: string[]
  allowedIps: string[]
  rateLimit: RateLimit | null
  /** Null = callers with a credential. */
  allowAsync: boolean | null
  showSteps: boolean
  records: 'all' | 'failed' | 'none'
  steps: 'all' | 'failed'
  /** Null = callers send a credential. */
  signature: ListenerSignature | null
  key: string | null
  path: string | null
  mcp: boolean
  createdAt: string
}

export interface FlowSummary {
  id: string
  workspaceId: string
  name: string
  namespace: string | null
  latestVersion: number
  publishedVersion: number
  createdAt: string
  updatedAt: string
}

export interface Flow extends FlowSummary {
  /** The version shown. */
  version: number
  document: unknown
  /** The text of the version as it was sent. */
  source: FlowSource
}

export interface FlowSource {
  type: 'application/yaml' | 'application/json'
  text: string
}

export interface FlowVersion {
  version: number
  name: string
  published: boolean
  createdBy: Author
  note: string | null
  createdAt: string
}

export interface Author {
  id: string
  name: string | null
}

export interface Schedule {
  flowId: string
  flowVersion: number
  rule: { cron: string } | { everyMs: number } | { afterMs: number }
  timeZone: string
  paused: boolean
  nextAt: string | null
  lastAt: string | null
  lastRunId: string | null
}

export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled'

export interface Caller {
  kind: string
  id?: string
  name?: string
  tokenId?: string
  /** The account that tried the listener. */
  triedBy?: string
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
  scheduled: boolean
  /** The run whose input it repeats. */
  replayOf: string | null
  requestId: string
  startedAt: string
  finishedAt: string | null
  /** Null while it is not over. */
  durationMs: number | null
  error: { status: number; title: string | null; instance: string | null } | null
}

export interface FlowError {
  type: string
  status: number
  title?: string
  detail?: string
  instance?: string
}

/** One finished task of a run. */
export interface Step {
  pointer: string
  attempt: number
  status: string
  startedAt: string
  durationMs: number
  input?: unknown
  output?: unknown
  error?: FlowError
  console?: unknown
}

export interface Run extends Omit<RunSummary, 'error'> {
  input: unknown
  output: unknown
  error: FlowError | null
  steps: Step[]
}

export interface TotpState {
  enabled: boolean
  confirmedAt: string | null
  recoveryCodesLeft: number
}

/** The answer that holds the secret and the recovery codes, once. */
export interface TotpEnrolment {
  uri: string
  secret: string
  recoveryCodes: string[]
}

export interface TokenCheck {
  check: string
  status: 'pass' | 'fail' | 'not_reached'
  reason?: string
  why?: string
  remedy?: string
}

export interface TokenInspection {
  kind: string
  valid: boolean
  issuer: { url?: string; workspaceId?: string; workspaceKey?: string } | null
  matchedKey: { kid: string; name: string } | null
  header: Record<string, unknown> | null
  payload: Record<string, unknown> | null
  subject: Record<string, unknown> | null
  checks: TokenCheck[]
}

export interface AdminToken extends Token {
  accountId: string
  email: string
}

export interface AuditEvent {
  id: string
  at: string
  action: string
  actorKind: string
  actorId: string | null
  actorName: string | null
  target: string | null
  targetName: string | null
  workspaceId: string | null
  ip: string | null
  requestId: string | null
  details: Record<string, unknown>
}

/** A secret of a workspace: its name alone. */
export interface Secret {
  name: string
  createdAt: string
  updatedAt: string
}

export interface Customer {
  id: string
  name: string | null
  internalId: string
  fields: Record<string, unknown>
  lastActiveAt: string
  createdAt: string
}

export interface Action {
  actionPackageId: string
  workspaceId: string
  name: string
  origins: string[]
  listeners: string[]
  createdAt: string
  updatedAt: string
}

export interface Event {
  id: string
  event: unknown
  createdAt: string
  /** All deliveries together. */
  delivery: DeliveryState
  deliveries: (DeliveryState & { sinkId: string })[]
}

export interface DeliveryState {
  status: 'none' | 'pending' | 'delivered' | 'failed'
  attempts: number
  nextAttemptAt: string | null
  deliveredAt: string | null
  failure: string | null
}

export interface EventSink {
  id: string
  url: string
  /** Empty = every type. */
  types: string[]
  enabled: boolean
  createdAt: string
}

export interface DeadLetter {
  runId: string
  attempts: number
  at: string
}

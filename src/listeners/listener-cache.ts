import { type CacheDeps, createRecordCache, type RecordCache } from '../platform/db/record-cache.ts'
import { createIpMatcher } from '../lib/ip-address.ts'
import type { ListenerAuth, ListenerRateLimit } from './listener.ts'
import { schemeOf } from './signatures/presets.ts'
import type { SignatureScheme } from './signatures/scheme.ts'
import {
  type ListenerSignature,
  secretNamesOf,
  type SignaturePreset,
  TOLERANCE_SECONDS
} from './signatures/settings.ts'

/** How the signatures of a listener's calls are verified. */
export interface SignatureRecord {
  preset: SignaturePreset
  scheme: SignatureScheme
  /** Names of secrets of the workspace. */
  secrets: readonly string[]
  toleranceMs: number
}

/** The fields of a listener that are needed to decide about a call and to answer it. */
export interface ListenerRecord {
  id: string
  workspaceId: string
  name: string
  flowId: string
  /** Undefined: every method. */
  methods: ReadonlySet<string> | undefined
  mode: 'sync' | 'async'
  enabled: boolean
  respond: 'output' | 'http' | 'stream'
  statusMode: 'strict' | 'compat'
  /** An undefined set is no restriction. */
  auth: {
    carriers: ReadonlySet<string> | undefined
    principals: ReadonlySet<string> | undefined
    customers: ReadonlySet<string> | undefined
    anonymous: boolean
  }
  timeoutMs: number
  corsOrigins: readonly string[]
  /** Undefined: from anywhere. */
  allowsIp: ((ip: string) => boolean) | undefined
  rateLimit: ListenerRateLimit | undefined
  /** The priority of its queued runs. Higher ones start first. */
  priority: number
  /** What happens to a synchronous run that exceeds `timeoutMs`. */
  onDeadline: 'fail' | 'continue'
  /** Whether `Prefer: respond-async` is honoured; null: for callers with a credential. */
  allowAsync: boolean | null
  /** Whether tokens and customers see their runs in full, including steps. */
  showSteps: boolean
  /** Whether its workspace is suspended. */
  suspended: boolean
  /** Which inline runs are recorded, and which of their steps. */
  records: 'all' | 'failed' | 'none'
  steps: 'all' | 'failed'
  /** How many days its workspace keeps runs. */
  retentionDays: number
  /** Whether the flow's input has the raw bytes of the body. */
  rawBody: boolean
  /** Undefined: calls are not signed. */
  signature: SignatureRecord | undefined
}

interface Row {
  id: string
  workspace_id: string
  name: string
  flow_id: string
  methods: string[]
  mode: 'sync' | 'async'
  enabled: boolean
  respond: 'output' | 'http' | 'stream'
  status_mode: 'strict' | 'compat'
  auth: ListenerAuth
  timeout_seconds: number
  cors_origins: string[]
  allowed_ips: string[]
  rate_limit: ListenerRateLimit | null
  priority: number
  on_deadline: 'fail' | 'continue'
  allow_async: boolean | null
  show_steps: boolean
  suspended: boolean
  retention_days: number
  records: 'all' | 'failed' | 'none'
  steps: 'all' | 'failed'
  raw_body: boolean
  signature: ListenerSignature | null
}

const BY_ID = `
  select l.id, l.workspace_id, l.name, l.flow_id, l.methods, l.mode, l.enabled, l.respond, l.status_mode, l.auth,
         l.timeout_seconds, l.cors_origins, l.allowed_ips, l.rate_limit, l.priority, l.on_deadline, l.allow_async,
         l.show_steps, l.records, l.steps, l.raw_body, l.signature, w.suspended_at is not null as suspended,
         w.run_retention_days as retention_days
    from listener l join workspace w on w.id = l.workspace_id where l.id = $1`

/** Listeners by their id. */
export function createListenerCache(deps: CacheDeps): RecordCache<ListenerRecord> {
  return createRecordCache(deps, {
    topic: 'listener',
    async load(id) {
      const {
        rows: [row]
      } = await deps.database.pool.query<Row>({ name: 'listener_by_id', text: BY_ID, values: [id] })
      return row && recordOf(row)
    }
  })
}

function recordOf(row: Row): ListenerRecord {
  const { carriers, principals, customers, anonymous = false } = row.auth
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    flowId: row.flow_id,
    methods: row.methods.length > 0 ? new Set(row.methods) : undefined,
    mode: row.mode,
    enabled: row.enabled,
    respond: row.respond,
    statusMode: row.status_mode,
    auth: {
      carriers: carriers && new Set(carriers),
      principals: principals && new Set(principals),
      customers: customers && new Set(customers),
      anonymous
    },
    timeoutMs: row.timeout_seconds * 1000,
    corsOrigins: row.cors_origins,
    allowsIp: row.allowed_ips.length > 0 ? createIpMatcher(row.allowed_ips) : undefined,
    rateLimit: row.rate_limit ?? undefined,
    priority: row.priority,
    onDeadline: row.on_deadline,
    allowAsync: row.allow_async,
    showSteps: row.show_steps,
    suspended: row.suspended,
    retentionDays: row.retention_days,
    records: row.records,
    steps: row.steps,
    rawBody: row.raw_body,
    signature: row.signature ? signatureOf(row.signature) : undefined
  }
}

function signatureOf(signature: ListenerSignature): SignatureRecord {
  return {
    preset: signature.preset,
    scheme: schemeOf(signature),
    secrets: secretNamesOf(signature),
    toleranceMs: (signature.toleranceSeconds ?? TOLERANCE_SECONDS.default) * 1000
  }
}

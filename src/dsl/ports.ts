import type { Budget } from './budget.ts'
import type { FlowOutcome, FlowProblem } from './problem.ts'

/** What an effect is told about the place it runs at. */
export interface EffectInfo {
  /** JSON Pointer of the task. */
  readonly pointer: string
  /** Which attempt of the innermost `try` around it, from 1. */
  readonly attempt: number
  /** Names this one effect of this run: pointer, turns of the loops around it, attempts. The same when the run is resumed. */
  readonly key: string
  /** Aborted when the run is cancelled, a timeout around the task passes, or another branch wins. */
  readonly signal: AbortSignal
  /** Same key, same run → same text, fit for a header: send it upstream as `Idempotency-Key`, so that an attempt sent twice counts once. */
  readonly idempotencyKey: string
}

export interface SubflowInfo extends EffectInfo {
  /** Depth of the sub-flow; give it to its `RunContext`. */
  readonly depth: number
  /** What is left of the whole run's budget; give it to the sub-flow's `RunContext`, or recursion multiplies it. */
  readonly budget: Budget
}

export interface HttpCall {
  /** Upper case. */
  readonly method: string
  /** Absolute, `http:` or `https:`, its query applied, without userinfo. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  /** Follow redirects; otherwise a 3xx comes back as it is. */
  readonly redirect: boolean
  /** How to authenticate, every expression in it evaluated. */
  readonly authentication: HttpAuthentication | undefined
  readonly signal: AbortSignal
}

export interface HttpReply {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Where the answer came from, after redirects. */
  readonly url: string
}

/** CloudEvents 1.0 in the JSON format. */
export interface CloudEvent {
  specversion: '1.0'
  id: string
  source: string
  type: string
  time: string
  [attribute: string]: unknown
}

/** All that a flow can reach. The language knows no server, database or clock but these. */
export interface FlowPorts {
  /** Milliseconds since the epoch. */
  now(): number
  /** 0 ≤ x < 1. */
  random(): number
  /**
   * The flow itself waits (`wait`, the delay of a retry): resolves after `ms`, rejects when the signal aborts.
   * A durable engine may reject with `Suspended` instead, having recorded `at.key` as done for the time after.
   */
  sleep(ms: number, signal: AbortSignal, at: EffectInfo): Promise<void>
  /** Watches a timeout: resolves after `ms`, rejects when the signal aborts. Real time where it is absent. */
  alarm?(ms: number, signal: AbortSignal): Promise<void>
  /** Any status is an answer. Throws `FlowError` (`communication`, `authentication`, `timeout`) where there is none. */
  http(call: HttpCall, at: EffectInfo): Promise<HttpReply>
  /** Values of these secrets; what does not exist is left out. */
  secrets(names: readonly string[]): Promise<Readonly<Record<string, unknown>>>
  subflow(
    flow: { namespace: string; name: string; version: string },
    input: unknown,
    at: SubflowInfo
  ): Promise<FlowOutcome>
  emit(event: CloudEvent, at: EffectInfo): Promise<void>
}

/** What makes a run resumable. */
export interface Journal {
  /** Runs an effect once: a result recorded under the key is given back instead. Results are JSON data. What rejects is not recorded. */
  effect<T>(key: string, run: () => Promise<T>): Promise<T>
}

/** A finished task, for the run's record. Values may hold secrets: mask what `onSecret` named. */
export interface StepRecord {
  pointer: string
  /** As in `EffectInfo`: tells turns of loops and attempts apart, the same when a resumed run passes here again. */
  key: string
  attempt: number
  status: 'succeeded' | 'failed' | 'skipped' | 'cancelled'
  startedAt: number
  durationMs: number
  input?: unknown
  output?: unknown
  error?: FlowProblem
  /** Lines that a script wrote to its console. */
  console?: { stdout: readonly string[]; stderr: readonly string[] }
}

/** Stands in for a task in a simulation. */
export type Mock = { output: unknown } | { error: Partial<FlowProblem> }

/** A call's authentication as data: DSL 1.0.3 "Authentication", its expressions evaluated and its `use` resolved. Holds secrets: never log it. */
export type HttpAuthentication =
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'digest'; readonly username: string; readonly password: string }
  | OAuth2Authentication

export interface OAuth2Authentication {
  /** `oidc` finds its endpoints by discovery under the authority, `oauth2` by the paths in `endpoints`. */
  readonly scheme: 'oauth2' | 'oidc'
  readonly authority: string
  readonly grant: OAuth2Grant
  readonly client: {
    readonly id?: string
    readonly secret?: string
    readonly assertion?: string
    readonly authentication: ClientAuthentication
  }
  /** Relative to the authority. */
  readonly endpoints: { readonly token: string; readonly revocation: string; readonly introspection: string }
  readonly encoding: 'application/x-www-form-urlencoded' | 'application/json'
  readonly issuers: readonly string[]
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** Grant `password`. */
  readonly username?: string
  readonly password?: string
  /** Grant `refresh_token`: the token is `subject.token`. */
  readonly subject?: { readonly token: string; readonly type: string }
  readonly actor?: { readonly token: string; readonly type: string }
}

export const OAUTH2_GRANTS = ['client_credentials', 'password', 'refresh_token'] as const
export type OAuth2Grant = (typeof OAUTH2_GRANTS)[number]

export const CLIENT_AUTHENTICATIONS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none'
] as const
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number]

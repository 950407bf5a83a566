import type { Budget } from './budget.ts'
import type { FlowOutcome, FlowProblem } from './problem.ts'

/** Describes to a port the effect that it performs. */
export interface EffectInfo {
  /** JSON Pointer of the task. */
  readonly pointer: string
  /** Attempt of the innermost `try` around the task, from 1. */
  readonly attempt: number
  /** Names this effect within the run, from pointer, loop iterations and attempts. A resumed run gives the same key. */
  readonly key: string
  /** Aborts when the run is cancelled, when a timeout around the task passes, or when another branch wins. */
  readonly signal: AbortSignal
  /**
   * A text that can be sent in a header, and is always the same for a key of a run. Send it upstream as
   * `Idempotency-Key`, so that a repeated attempt counts once.
   */
  readonly idempotencyKey: string
}

export interface SubflowInfo extends EffectInfo {
  /** Depth of the sub-flow, for its `RunContext`. */
  readonly depth: number
  /**
   * The remaining limits of the whole run, for the sub-flow's `RunContext`. A budget of its own would let recursion
   * multiply the limits.
   */
  readonly budget: Budget
  /** The events that the whole run has listened to, for the sub-flow's `RunContext`. */
  readonly heard: Set<string>
}

/** A wait for one event of the workspace. */
export interface EventWait {
  /** The type and the source that the event must have; null = any. */
  readonly type: string | null
  readonly source: string | null
  /** Milliseconds since 1970: only events since then count. */
  readonly since: number
  /** jq expressions over the event, and the name of the values that they must give (`correlationOf`). */
  readonly from: readonly string[]
  readonly values: string
  matches(event: CloudEvent): Promise<boolean>
}

export interface HttpCall {
  /** Upper case. */
  readonly method: string
  /** Absolute, `http:` or `https:`, with its query, without userinfo. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  /** Whether to follow redirects; otherwise a 3xx response is the reply. */
  readonly redirect: boolean
  /** The authentication, with its expressions evaluated. */
  readonly authentication: HttpAuthentication | undefined
  /** Whether a text holds a secret that the run has read. Such a text must not follow a redirect to another origin. */
  readonly holdsSecret: (text: string) => boolean
  readonly signal: AbortSignal
  /** Receives each credential that the port fetches or computes for the call, because the upstream may echo it. */
  readonly onCredential: (credential: string) => void
}

/** A call before it is made. */
export type PlannedCall = Omit<HttpCall, 'signal' | 'onCredential' | 'holdsSecret'>

export interface HttpReply {
  readonly status: number
  /** Lower-case names. Repeated fields are joined with a comma, except `set-cookie`, which become a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array
  /** The URL that answered, after redirects. */
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

/** Everything that a flow can reach outside the language: HTTP, secrets, other flows, events, time and chance. */
export interface FlowPorts {
  /** Milliseconds since the epoch. */
  now(): number
  /** 0 ≤ x < 1. */
  random(): number
  /**
   * Waits on behalf of the flow (`wait`, the delay of a retry): resolves after `ms`, rejects when the signal aborts. A
   * durable engine may reject with `Suspended` instead, once it has recorded when the wait ends.
   */
  sleep(ms: number, signal: AbortSignal, at: EffectInfo): Promise<void>
  /**
   * Watches a timeout: resolves at `until` (milliseconds since the epoch), rejects when the signal aborts. Without it
   * the language uses a timer of the process.
   * @param key names the timeout within the run, as in `EffectInfo`
   */
  alarm?(until: number, signal: AbortSignal, key: string): Promise<void>
  /**
   * Called with running work of the flow that is neither an effect nor a timeout: expressions and checks in the pool,
   * reading of secrets and of other flows, pauses. With `createActivity` an engine knows when a run is quiet.
   */
  working?(work: Promise<unknown>): void
  /**
   * Sends a request. A reply of any status resolves.
   * @throws FlowError `communication`, `authentication` or `timeout` if there is no reply.
   */
  http(call: HttpCall, at: EffectInfo): Promise<HttpReply>
  /** Values of these secrets. Leaves out a secret that does not exist. */
  secrets(names: readonly string[]): Promise<Readonly<Record<string, unknown>>>
  subflow(
    flow: { namespace: string; name: string; version: string },
    input: unknown,
    at: SubflowInfo
  ): Promise<FlowOutcome>
  /**
   * Starts another flow as a durable run of its own, once for each effect.
   * @returns the id of the run
   */
  start(flow: { namespace: string; name: string; version: string }, input: unknown, at: EffectInfo): Promise<string>
  emit(event: CloudEvent, at: EffectInfo): Promise<void>
  /**
   * Resolves with the first event of the workspace since the start of the run that matches. It has no timeout of its
   * own; the signal aborts it. A durable engine may reject with `Suspended` instead.
   */
  listen(wait: EventWait, at: EffectInfo): Promise<CloudEvent>
}

/**
 * A `leaf` reaches the outside and contains no other effect. A `composite` consists of other effects, timeouts and
 * waits: its result follows from theirs.
 */
export type EffectKind = 'leaf' | 'composite'

/** Makes a run resumable. */
export interface Journal {
  /**
   * Performs an effect once and records its result, which is JSON data. Returns the recorded result if the key has one.
   * Records nothing if the effect rejects. A journal that gives back the results of leaves in the order in which they
   * were recorded need not record composites.
   * @param signal aborts when the result is not needed any more
   */
  effect<T>(key: string, run: () => Promise<T>, kind: EffectKind, signal?: AbortSignal): Promise<T>
}

/**
 * A finished task, for the record of the run. Its values may hold secrets: mask every text that `onSecret` received.
 */
export interface StepRecord {
  pointer: string
  /**
   * As in `EffectInfo`: separates loop iterations and attempts, and is the same when a resumed run performs the step
   * again.
   */
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
  /** The run that the task started and did not wait for. */
  runId?: string
}

/** The result that replaces a task in a simulation. */
export type Mock = { output: unknown } | { error: Partial<FlowProblem> }

/**
 * The authentication of a call as data (DSL 1.0.3, "Authentication"), with expressions evaluated and `use` resolved.
 * Holds secrets: never log it.
 */
export type HttpAuthentication =
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'digest'; readonly username: string; readonly password: string }
  | OAuth2Authentication

export interface OAuth2Authentication {
  /** `oidc` discovers its endpoints under the authority; `oauth2` uses the paths in `endpoints`. */
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

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CloudEvent,
  type EffectInfo,
  type EventWait,
  flowError,
  type FlowError,
  type FlowPorts,
  type HttpAuthentication,
  type HttpCall,
  type HttpReply
} from '../dsl/index.ts'
import { type EmitEvent, EventTooLarge } from '../events/emit.ts'
import { HOPS_MAX } from '../events/hops.ts'
import type { Clock } from '../lib/clock.ts'
import { Secret } from '../lib/secret.ts'
import { isUnavailable } from '../platform/db/client.ts'
import {
  AuthenticationError,
  type AuthenticationPolicy,
  type Authenticator,
  createAuthenticator,
  type Egress,
  EgressError
} from '../platform/egress/index.ts'
import type { EventWaits } from './event-waits.ts'
import type { Caller } from './run.ts'
import type { OtherRun } from './start-other.ts'

export interface PortsDeps {
  egress: Egress
  clock: Clock
  /**
   * The values of these secrets of a workspace, and as `customer` the credentials of the calling customer. Unknown
   * names are left out.
   */
  readSecrets(
    workspaceId: string,
    names: readonly string[],
    caller: Caller | undefined
  ): Promise<Readonly<Record<string, unknown>>>
  emit: EmitEvent
  /** Starts another flow as a durable run. Absent where no run can be durable. */
  startOther?(other: OtherRun): Promise<string>
  eventWaits?: EventWaits
}

/** How often a wait in memory looks for its event, in milliseconds. */
export const EVENT_POLL_MS = 250

/** Methods whose repetition an upstream may process twice: their calls carry an `Idempotency-Key`. */
const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(['POST', 'PATCH'])

/** The hold of a process on a run that other processes can take over. */
export interface Hold {
  /** Whether the hold is certain at this moment. */
  isFresh(): boolean
  /** Whether the run is durable: its effects may be made again, with the same key. */
  isDurable(): boolean
  /** Resolves when the hold is confirmed. @throws (rejects) where another process holds the run */
  confirm(): Promise<void>
  /** Retries `work` while the database is unavailable, because the run must not fail for that. */
  withRetry<T>(work: () => Promise<T>): Promise<T>
}

/** For a run that cannot be taken over: it ends with its request, and nothing is retried. */
const OWN: Pick<Hold, 'withRetry'> = { withRetry: (work) => work() }

/**
 * Creates the ports through which flows of a workspace act, for a caller, or without one in a simulation. Nothing is
 * sent for a run whose hold is not fresh.
 */
export type CreatePorts = (workspaceId: string, caller?: Caller, hold?: Hold) => FlowPorts

/** Creates the factory of ports. All its ports share the OAuth tokens that upstreams issued. */
export function createPortsFactory(deps: PortsDeps): CreatePorts {
  const authenticator = createAuthenticator(deps.egress, deps.clock)
  const shared = {
    now: () => deps.clock.now(),
    random: Math.random,
    sleep: async (ms: number, signal: AbortSignal) => {
      await sleep(ms, undefined, { signal })
    },
    // Every run replaces this port with its own, which uses the journal of the run.
    subflow: async () => {
      throw flowError('configuration', 'run: workflow is not available here')
    }
  }

  /** Waits within a request. Nothing wakes such a wait, so it polls. */
  async function listen(workspaceId: string, wait: EventWait, at: EffectInfo): Promise<CloudEvent> {
    for (;;) {
      const event = await deps.eventWaits?.find(workspaceId, wait)
      if (event !== undefined) return event
      await sleep(EVENT_POLL_MS, undefined, { signal: at.signal })
    }
  }

  return (workspaceId, caller, hold) => {
    const { withRetry } = hold ?? OWN
    return {
      ...shared,
      http: (call, at) => callUpstream({ egress: deps.egress, authenticator, hold, trace: caller?.trace }, call, at),
      secrets: (names) => withRetry(() => deps.readSecrets(workspaceId, names, caller)),
      emit: (event, at) => {
        const hops = (caller?.hops ?? 0) + 1
        return emitInto((...emission) => withRetry(() => deps.emit(...emission)), workspaceId, event, at, hops)
      },
      start: async (flow, input, at) => {
        const { startOther } = deps
        if (!startOther || !caller) throw flowError('configuration', 'Another run cannot be started here.')
        return withRetry(() => startOther({ workspaceId, flow, input, caller, effectKey: at.idempotencyKey }))
      },
      listen: (wait, at) => listen(workspaceId, wait, at)
    }
  }
}

async function emitInto(
  emit: EmitEvent,
  workspaceId: string,
  event: CloudEvent,
  at: EffectInfo,
  hops: number
): Promise<void> {
  if (hops > HOPS_MAX)
    throw flowError('runtime', `More than ${HOPS_MAX} events would start flows that emit the next (limit "hops").`)
  try {
    await emit(workspaceId, event, at.idempotencyKey, hops)
  } catch (error) {
    if (error instanceof EventTooLarge) throw flowError('validation', error.message, { cause: error })
    if (isUnavailable(error))
      throw flowError('communication', 'The event could not be written: the database is unavailable.', { cause: error })
    throw error
  }
}

interface Upstream {
  egress: Egress
  authenticator: Authenticator
  hold: Hold | undefined
  /** The place of the run in a trace, as `traceparent` writes it. */
  trace: string | undefined
}

async function callUpstream(
  { egress, authenticator, hold, trace }: Upstream,
  call: HttpCall,
  at: EffectInfo
): Promise<HttpReply> {
  const own = NOT_IDEMPOTENT.has(call.method) ? { 'idempotency-key': at.idempotencyKey, ...call.headers } : call.headers
  const request = {
    method: call.method,
    url: call.url,
    headers: trace === undefined ? own : { traceparent: trace, ...own },
    ...(call.body === undefined ? {} : { body: call.body }),
    signal: call.signal,
    holdsSecret: call.holdsSecret,
    redirect: call.redirect ? ('follow' as const) : ('manual' as const),
    ...(hold ? { maySend: hold.isFresh } : {}),
    // An author who sets the header says that the upstream honors it.
    mayRepeat: () => 'idempotency-key' in call.headers || hold?.isDurable() === true
  }
  for (;;) {
    try {
      return await (call.authentication
        ? authenticator.request(request, toPolicy(call.authentication), call.onCredential)
        : egress.request(request))
    } catch (error) {
      if (!(hold && error instanceof EgressError && error.code === 'withheld')) throw upstreamError(error)
    }
    await hold.confirm()
  }
}

/** Turns an error of a call into one that the flow can catch. */
function upstreamError(error: unknown): FlowError {
  if (error instanceof AuthenticationError) return flowError('authentication', error.message, { cause: error })
  if (!(error instanceof EgressError)) throw error
  if (error.code === 'timeout') return flowError('timeout', error.message, { cause: error })
  // The address in the flow can never be reached, so no upstream is at fault.
  if (error.code === 'invalid_url') return flowError('configuration', error.message, { cause: error })
  return flowError('communication', error.message, { cause: error })
}

/** Turns the evaluated authentication of a call into a policy of the egress room, with its secrets wrapped. */
function toPolicy(authentication: HttpAuthentication): AuthenticationPolicy {
  switch (authentication.scheme) {
    case 'bearer':
      return { scheme: 'bearer', token: new Secret(authentication.token) }
    case 'basic':
    case 'digest':
      return {
        scheme: authentication.scheme,
        username: authentication.username,
        password: new Secret(authentication.password)
      }
    default: {
      const { client, password, subject, endpoints, ...rest } = authentication
      return {
        scheme: rest.scheme,
        authority: rest.authority,
        tokenEndpoint: endpoints.token,
        grant: rest.grant,
        client: {
          authentication: client.authentication,
          ...(client.id === undefined ? {} : { id: client.id }),
          ...(client.secret === undefined ? {} : { secret: new Secret(client.secret) }),
          ...(client.assertion === undefined ? {} : { assertion: new Secret(client.assertion) })
        },
        encoding: rest.encoding,
        issuers: rest.issuers,
        scopes: rest.scopes,
        audiences: rest.audiences,
        ...(rest.username === undefined ? {} : { username: rest.username }),
        ...(password === undefined ? {} : { password: new Secret(password) }),
        ...(subject === undefined ? {} : { refreshToken: new Secret(subject.token) })
      }
    }
  }
}

import { isDeepStrictEqual } from 'node:util'
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { CONTROL_CHARACTER, hasControlCharacter } from '../lib/stored-url.ts'
import type { EgressAllow } from '../platform/egress/allow-list.ts'
import { type Egress, EgressError, type EgressErrorCode } from '../platform/egress/index.ts'
import { bareHostname, readTarget } from '../platform/egress/target.ts'
import { InvalidKeyError } from '../platform/jws/key-record.ts'
import { validateKeySet } from '../platform/jws/validate-key-set.ts'
import type { ValidatedKey } from '../platform/jws/validate-public-key.ts'

/** A set is fetched again after this time, so a key that was removed from it is trusted no longer than this. */
export const KEY_SET_MAX_AGE_MS = 5 * MINUTE_MS
/** A set is fetched again for an unknown `kid`, or after a failure, at most this often. */
export const KEY_SET_RETRY_MS = MINUTE_MS
/** A set that has never been fetched is tried again this long after a failure. */
export const KEY_SET_FIRST_RETRY_MS = 10_000
/**
 * While its host is down, a set is trusted no longer than this. An attacker who blocks the host must not be able to
 * keep a stolen key valid for ever.
 */
export const KEY_SET_MAX_STALE_MS = DAY_MS
const TIMEOUT_MS = 5_000
const MAX_BYTES = 256 * 1024
/** How often sets are dropped that were not used within {@link KEY_SET_MAX_STALE_MS}. */
const SWEEP_EVERY_MS = HOUR_MS
/** Failures in which the host did not answer. Every other failure means that there is no usable set. */
const UNREACHABLE: ReadonlySet<EgressErrorCode> = new Set(['dns', 'connect', 'tls', 'timeout', 'aborted'])

/**
 * The key sets that customers' back ends publish. Each workspace has one place, so other workspaces cannot evict its
 * set.
 *
 * A set is *unfetched* (`fetchedAt` is -Infinity), *fresh* (fetched within {@link KEY_SET_MAX_AGE_MS}), *stale* (older,
 * still trusted) or *expired* (older than {@link KEY_SET_MAX_STALE_MS}, not trusted). Time moves it from fresh to
 * expired. Only `refresh()` moves it back to fresh, after a successful fetch. While the host cannot be reached or
 * answers with 5xx, the keys stay as they are. Any other answer withdraws them (404 and 410, a document that is no key
 * set, a set with private keys): the set has no keys until a sound one replaces it.
 */
export interface KeySets {
  /**
   * Returns the keys that may be trusted now: synchronously if the set is fresh and has the `kid`, otherwise after
   * fetching the set. Concurrent callers share one request.
   * @throws Fault `unavailable` if there is no trusted set and its host cannot be reached
   */
  get(
    workspaceId: string,
    uri: string,
    kid: string | undefined
  ): readonly ValidatedKey[] | Promise<readonly ValidatedKey[]>
}

interface Held {
  uri: string
  usedAt: number
  keys: readonly ValidatedKey[]
  fetchedAt: number
  attemptedAt: number
  /** The failure of the last attempt. `temporary`: the host could not be reached now. */
  failure: { why: string; temporary: boolean } | undefined
  inFlight: Promise<void> | undefined
}

export interface KeySetDeps {
  egress: Egress
  clock: Clock
  /** Receives the reason of each failed fetch, for the log. */
  onFailure(uri: string, why: string): void
}

/** Creates the key sets of this process, which are kept in memory only. */
export function createKeySets(deps: KeySetDeps): KeySets {
  const sets = new Map<string, Held>()
  let sweptAt = deps.clock.now()

  /** Drops sets that have not been used for longer than a set may be trusted. */
  function sweep(now: number): void {
    if (now - sweptAt < SWEEP_EVERY_MS) return
    sweptAt = now
    for (const [workspaceId, held] of sets) if (now - held.usedAt > KEY_SET_MAX_STALE_MS) sets.delete(workspaceId)
  }

  function placeOf(workspaceId: string, uri: string): Held {
    const now = deps.clock.now()
    let held = sets.get(workspaceId)
    if (held?.uri !== uri) {
      sweep(now)
      held = {
        uri,
        usedAt: now,
        keys: [],
        fetchedAt: -Infinity,
        attemptedAt: -Infinity,
        failure: undefined,
        inFlight: undefined
      }
      sets.set(workspaceId, held)
    }
    held.usedAt = now
    return held
  }

  async function refresh(held: Held): Promise<void> {
    const { uri } = held
    held.attemptedAt = deps.clock.now()
    try {
      const { keys } = validateKeySet(await fetchKeySet(deps.egress, uri))
      // Equal keys stay the same objects, so that imported keys and remembered verifications stay valid.
      held.keys = keys.map((key) => held.keys.find((known) => isDeepStrictEqual(known, key)) ?? key)
      held.fetchedAt = held.attemptedAt
      held.failure = undefined
    } catch (error) {
      if (!(error instanceof KeySetError) && !(error instanceof InvalidKeyError)) throw error
      const temporary = error instanceof KeySetError && error.temporary
      if (!temporary) held.keys = []
      held.failure = { why: error.message, temporary }
      deps.onFailure(uri, error.message)
    } finally {
      held.inFlight = undefined
    }
  }

  function trusted(held: Held): readonly ValidatedKey[] {
    if (deps.clock.now() - held.fetchedAt <= KEY_SET_MAX_STALE_MS) return held.keys
    if (held.failure?.temporary)
      throw new Fault('unavailable', {
        why: `key_set: ${held.failure.why}`,
        headers: { 'Retry-After': String(KEY_SET_FIRST_RETRY_MS / 1000) }
      })
    return []
  }

  /** Whether the set must be fetched before it can answer. */
  function needsFetch(held: Held, kid: string | undefined): boolean {
    return (
      deps.clock.now() - held.fetchedAt > KEY_SET_MAX_AGE_MS ||
      (kid !== undefined && !held.keys.some((key) => key.kid === kid))
    )
  }

  function mayFetch(held: Held): boolean {
    if (held.failure && held.fetchedAt === -Infinity)
      return deps.clock.now() - held.attemptedAt >= KEY_SET_FIRST_RETRY_MS
    return deps.clock.now() - held.attemptedAt >= KEY_SET_RETRY_MS
  }

  return {
    get(workspaceId, uri, kid) {
      const known = placeOf(workspaceId, uri)
      if (!needsFetch(known, kid)) return trusted(known)
      if (!known.inFlight && mayFetch(known)) known.inFlight = refresh(known)
      return known.inFlight ? known.inFlight.then(() => trusted(known)) : trusted(known)
    }
  }
}

/** The error of a key set that could not be fetched. `temporary`: another attempt may succeed. */
class KeySetError extends Error {
  readonly temporary: boolean

  constructor(why: string, temporary: boolean) {
    super(why)
    this.temporary = temporary
  }
}

async function fetchKeySet(egress: Egress, uri: string): Promise<unknown> {
  let response
  try {
    response = await egress.request({
      method: 'GET',
      url: uri,
      headers: { accept: 'application/jwk-set+json, application/json' },
      totalTimeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_BYTES
    })
  } catch (error) {
    if (error instanceof EgressError) throw new KeySetError(error.message, UNREACHABLE.has(error.code))
    throw error
  }
  if (response.status !== 200)
    throw new KeySetError(`the key set was answered with ${response.status}`, response.status >= 500)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(response.body)) as unknown
  } catch {
    throw new KeySetError('the key set is not JSON', false)
  }
}

export const JWKS_URI_MAX_CHARS = 2048

/**
 * Checks the URL of a key set. It rejects what egress would reject, so that the user sees the reason now. Plain http is
 * accepted only for hosts that the operator allows by name, because anybody on the path could replace the keys.
 * @returns the URL as it is stored
 * @throws Fault `validation_failed`
 */
export function validateJwksUri(uri: string, allow: EgressAllow): string {
  const invalid = (message: string): Fault =>
    new Fault('validation_failed', { why: 'jwks_uri', errors: [{ pointer: '/jwksUri', message }] })
  if (hasControlCharacter(uri)) throw invalid(CONTROL_CHARACTER)
  try {
    const { url, port } = readTarget(uri, allow, JWKS_URI_MAX_CHARS)
    const host = bareHostname(url.hostname)
    const trusted = allow.host(url.hostname, port) || allow.address(host)
    if (url.protocol === 'http:' && !trusted)
      throw invalid('must be https: over plain http, anybody on the path could replace the keys')
    return url.href
  } catch (error) {
    if (error instanceof EgressError) throw invalid(error.message)
    throw error
  }
}

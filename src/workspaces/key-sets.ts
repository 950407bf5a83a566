import { isDeepStrictEqual } from 'node:util'
import { LRUCache } from 'lru-cache'
import { type Clock, DAY_MS, MINUTE_MS } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { EgressAllow } from '../platform/egress/allow-list.ts'
import { type Egress, EgressError } from '../platform/egress/index.ts'
import { bareHostname, readTarget } from '../platform/egress/target.ts'
import { InvalidKeyError } from '../platform/jws/key-record.ts'
import { validateKeySet } from '../platform/jws/validate-key-set.ts'
import type { ValidatedKey } from '../platform/jws/validate-public-key.ts'

/** A set is asked for again after this: a key that is gone from it verifies no longer than that. */
export const KEY_SET_MAX_AGE_MS = 5 * MINUTE_MS
/** For a `kid` that a set does not have it is asked for again at most this often, and after a failure too. */
export const KEY_SET_RETRY_MS = MINUTE_MS
/** A set that was never had is asked for again this long after a failure. */
export const KEY_SET_FIRST_RETRY_MS = 10_000
/** While its host is down a set is trusted no longer than this: whoever can block it must not keep a lost key alive for ever. */
export const KEY_SET_MAX_STALE_MS = DAY_MS
const TIMEOUT_MS = 5_000
const MAX_BYTES = 256 * 1024
const REMEMBERED_SETS = 1_000

/** Published key sets of customers' back ends, by their address. */
export interface KeySets {
  /**
   * The keys that may be trusted now: at once where the set is fresh and has the `kid`, else after asking for it. Callers share one request.
   * @throws Fault `unavailable` where no set is held and its host gives no answer
   */
  get(uri: string, kid: string | undefined): readonly ValidatedKey[] | Promise<readonly ValidatedKey[]>
}

interface Held {
  keys: readonly ValidatedKey[]
  fetchedAt: number
  attemptedAt: number
  /** Of the last attempt. `passing`: the host could not be reached, and may be later. */
  failure: { why: string; passing: boolean } | undefined
  flight: Promise<void> | undefined
}

export interface KeySetDeps {
  egress: Egress
  clock: Clock
  /** Told why a set could not be had, for the log. */
  onFailure(uri: string, why: string): void
}

export function createKeySets(deps: KeySetDeps): KeySets {
  const sets = new LRUCache<string, Held>({ max: REMEMBERED_SETS })

  async function refresh(uri: string, held: Held): Promise<void> {
    held.attemptedAt = deps.clock.now()
    try {
      const { keys } = validateKeySet(await fetchKeySet(deps.egress, uri))
      // The same objects for the same keys: what was imported of them, and verified with them, stays.
      held.keys = keys.map((key) => held.keys.find((known) => isDeepStrictEqual(known, key)) ?? key)
      held.fetchedAt = held.attemptedAt
      held.failure = undefined
    } catch (error) {
      if (!(error instanceof SetRefused) && !(error instanceof InvalidKeyError)) throw error
      // Published with its private half, every key of it is anybody's.
      if (error instanceof InvalidKeyError && (error.reason === 'private_key' || error.reason === 'symmetric_key'))
        held.keys = []
      held.failure = { why: error.message, passing: error instanceof SetRefused && error.passing }
      deps.onFailure(uri, error.message)
    } finally {
      held.flight = undefined
    }
  }

  function trusted(held: Held): readonly ValidatedKey[] {
    if (deps.clock.now() - held.fetchedAt <= KEY_SET_MAX_STALE_MS) return held.keys
    if (held.failure?.passing)
      throw new Fault('unavailable', {
        why: `key_set: ${held.failure.why}`,
        headers: { 'Retry-After': String(KEY_SET_FIRST_RETRY_MS / 1000) }
      })
    return []
  }

  /** Whether the set has to be asked for again before it can answer. */
  function isWanting(held: Held, kid: string | undefined): boolean {
    return (
      deps.clock.now() - held.fetchedAt > KEY_SET_MAX_AGE_MS ||
      (kid !== undefined && !held.keys.some((key) => key.kid === kid))
    )
  }

  function mayAsk(held: Held): boolean {
    if (held.failure && held.fetchedAt === -Infinity)
      return deps.clock.now() - held.attemptedAt >= KEY_SET_FIRST_RETRY_MS
    return deps.clock.now() - held.attemptedAt >= KEY_SET_RETRY_MS
  }

  return {
    get(uri, kid) {
      let held = sets.get(uri)
      if (!held)
        sets.set(
          uri,
          (held = { keys: [], fetchedAt: -Infinity, attemptedAt: -Infinity, failure: undefined, flight: undefined })
        )
      const known = held
      if (!isWanting(known, kid)) return trusted(known)
      if (!known.flight && mayAsk(known)) known.flight = refresh(uri, known)
      return known.flight ? known.flight.then(() => trusted(known)) : trusted(known)
    }
  }
}

/** Why a set could not be had. */
class SetRefused extends Error {
  readonly passing: boolean

  constructor(why: string, passing: boolean) {
    super(why)
    this.passing = passing
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
    if (error instanceof EgressError)
      throw new SetRefused(error.message, error.code !== 'refused' && error.code !== 'invalid_url')
    throw error
  }
  if (response.status !== 200)
    throw new SetRefused(`the key set was answered with ${response.status}`, response.status >= 500)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(response.body)) as unknown
  } catch {
    throw new SetRefused('the key set is not JSON', false)
  }
}

export const JWKS_URI_MAX_CHARS = 2048

/**
 * Judges where a key set may be fetched from: what egress would refuse is refused here, while somebody is there to read why. Plain http only
 * to hosts that the operator allows by name: elsewhere whoever stands between could put in keys.
 * @throws Fault `validation_failed`
 */
export function validateJwksUri(uri: string, allow: EgressAllow): void {
  const refused = (message: string): Fault =>
    new Fault('validation_failed', { why: 'jwks_uri', errors: [{ pointer: '/jwksUri', message }] })
  try {
    const { url, port } = readTarget(uri, allow, JWKS_URI_MAX_CHARS)
    const host = bareHostname(url.hostname)
    const trusted = allow.host(url.hostname, port) || allow.address(host)
    if (url.protocol === 'http:' && !trusted)
      throw refused('must be https: over plain http anybody between could put in keys')
  } catch (error) {
    if (error instanceof EgressError) throw refused(error.message)
    throw error
  }
}

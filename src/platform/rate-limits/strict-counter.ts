import { Redis } from 'iovalkey'
import type { Secret } from '../../lib/secret.ts'
import { throttleReports } from '../../lib/throttle-reports.ts'
import type { RatePolicy } from './policy.ts'

/** A call waits for the counter no longer than this. */
export const COUNTER_TIMEOUT_MS = 250
/** After a failure the counter is not used for this long, so that calls do not wait for a server that hangs. */
export const COUNTER_PAUSE_MS = 1_000
const REPORT_EVERY_MS = 10_000
const RECONNECT_MAX_MS = 2_000

/**
 * Counts a call under every key, or under none if one has reached its limit. A window begins with its first call, by
 * the clock of the server, so that all processes share it whatever their clocks say.
 */
const CONSUME = `
  local full, result = 0, {}
  for i, key in ipairs(KEYS) do
    local used = tonumber(redis.call('GET', key) or '0')
    if used >= tonumber(ARGV[2 * i - 1]) then full = 1 end
  end
  for i, key in ipairs(KEYS) do
    local used
    if full == 0 then
      used = redis.call('INCR', key)
      if used == 1 then redis.call('PEXPIRE', key, ARGV[2 * i]) end
    else
      used = tonumber(redis.call('GET', key) or '0')
    end
    local left = redis.call('PTTL', key)
    if left < 0 then left = tonumber(ARGV[2 * i]) end
    result[2 * i - 1] = used
    result[2 * i] = left
  end
  return {full, result}`

/** The count under a key after a call. */
export interface StrictCount {
  used: number
  /** Milliseconds until the window ends. */
  resetMs: number
}

export interface StrictCounter {
  /**
   * Counts a call under every policy, or under none.
   * @returns the counts, and whether the call was refused; undefined = the server is not reachable, and nothing was
   *   counted
   */
  consume(policies: readonly RatePolicy[]): Promise<{ refused: boolean; counts: StrictCount[] } | undefined>
  /** Whether the last call was counted. */
  isThere(): boolean
  close(): Promise<void>
}

export interface StrictCounterDeps {
  url: Secret
  /** Milliseconds of any clock that does not go back. */
  now?(): number
  /** Called when the server is not reachable, at most every ten seconds; `onBack` is called when it is again. */
  onAway(error: unknown): void
  onBack(): void
}

type Consume = (keys: number, ...values: (string | number)[]) => Promise<[full: number, result: number[]]>

/**
 * Counts in a Redis or Valkey server, with one script per call.
 *
 * The counter is in one of two states, which calls and the connection move:
 * - there: calls are counted. A call that fails or is not answered in time moves it to away.
 * - away: calls are not counted until a pause is over; then one call tries. An answer moves it back.
 */
export function createStrictCounter(deps: StrictCounterDeps): StrictCounter {
  const { now = () => performance.now() } = deps
  const client = new Redis(deps.url.reveal(), {
    commandTimeout: COUNTER_TIMEOUT_MS,
    connectTimeout: 10 * COUNTER_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    // A call that cannot be counted now is counted by this process. Nothing waits for the server to come back.
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, RECONNECT_MAX_MS)
  })
  // Each call reports the error; without a listener it would also be printed.
  client.on('error', () => {})
  client.defineCommand('sluiceConsume', { lua: CONSUME })
  const script = client as unknown as { sluiceConsume: Consume }
  let awayUntil: number | undefined
  const report = throttleReports((error: unknown) => deps.onAway(error), REPORT_EVERY_MS, now)

  return {
    async consume(policies) {
      if (awayUntil !== undefined && now() < awayUntil) return undefined
      // One of the next calls tries again; the others do not wait for it.
      if (awayUntil !== undefined) awayUntil = now() + COUNTER_PAUSE_MS
      try {
        const [full, result] = await script.sluiceConsume(
          policies.length,
          ...policies.map(({ key }) => `sluice:rate:${key}`),
          ...policies.flatMap(({ limit, windowMs }) => [limit, windowMs])
        )
        if (awayUntil !== undefined) deps.onBack()
        awayUntil = undefined
        return {
          refused: full === 1,
          counts: policies.map((_, index) => ({ used: result[2 * index] ?? 0, resetMs: result[2 * index + 1] ?? 0 }))
        }
      } catch (error) {
        awayUntil = now() + COUNTER_PAUSE_MS
        report(error)
        return undefined
      }
    },
    isThere: () => awayUntil === undefined,
    async close() {
      client.disconnect()
    }
  }
}

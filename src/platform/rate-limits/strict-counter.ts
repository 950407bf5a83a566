import { Redis } from 'iovalkey'
import type { Secret } from '../../lib/secret.ts'
import { throttleReports } from '../../lib/throttle-reports.ts'
import type { RatePolicy } from './policy.ts'

/** A call waits for the counter no longer than this. */
export const COUNTER_TIMEOUT_MS = 250
/** After a failure the counter is left alone for this long, so that calls do not wait for a server that hangs. */
export const COUNTER_PAUSE_MS = 1_000
const REPORT_EVERY_MS = 10_000
const RECONNECT_MAX_MS = 2_000

/**
 * Counts a call under every key, or under none where one has reached its limit. A window begins with its first call, by
 * the time of the counting server: whatever the clocks of the processes say, they share it.
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

/** What is counted under a key after a call. */
export interface StrictCount {
  used: number
  /** Until the window ends. */
  resetMs: number
}

export interface StrictCounter {
  /**
   * Counts a call under every policy, or under none.
   * @returns the counts, and whether the call was refused; undefined = the server is away, and nothing was counted
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
  /** Hears that the server is away, every ten seconds at most, and that it is back. */
  onAway(error: unknown): void
  onBack(): void
}

type Consume = (keys: number, ...values: (string | number)[]) => Promise<[full: number, result: number[]]>

/**
 * Counts in a Redis or Valkey server, one script a call.
 *
 * The counter is in one of two states, which calls and the connection move:
 * - there: calls are counted. A call that fails or has no answer in time moves it to away.
 * - away: calls are not counted, until a pause is over; then one call tries. An answer moves it back.
 */
export function createStrictCounter(deps: StrictCounterDeps): StrictCounter {
  const { now = () => performance.now() } = deps
  const client = new Redis(deps.url.reveal(), {
    commandTimeout: COUNTER_TIMEOUT_MS,
    connectTimeout: 10 * COUNTER_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    // What cannot be counted now is counted by this process: nothing waits for a server to come back.
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, RECONNECT_MAX_MS)
  })
  // Each call says so; without a listener the error would be printed.
  client.on('error', () => {})
  client.defineCommand('sluiceConsume', { lua: CONSUME })
  const script = client as unknown as { sluiceConsume: Consume }
  let awayUntil: number | undefined
  const report = throttleReports((error: unknown) => deps.onAway(error), REPORT_EVERY_MS, now)

  return {
    async consume(policies) {
      if (awayUntil !== undefined && now() < awayUntil) return undefined
      // One of those that come next tries; the others do not wait with it.
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

import { createHash } from 'node:crypto'
import { type Clock, MINUTE_MS } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import { throttleReports } from '../lib/throttle-reports.ts'
import type { Logger } from '../platform/log/log.ts'
import { opaqueString } from './opaque-string.ts'

/** A list of passwords that are known from breaches. */
export interface BreachedPasswords {
  /** Also false if the list does not answer: an outage of the list must not keep people from choosing a password. */
  has(password: Secret): Promise<boolean>
}

export const BREACH_LIST_TIMEOUT_MS = 2_000
/**
 * Concurrent requests to the list. A password beyond them is accepted unchecked, so that a burst of sign-ups does not
 * queue here.
 */
export const BREACH_LIST_AT_ONCE = 20
/** The largest accepted answer. A range of the largest public list has about 40 KiB, with padding. */
export const BREACH_LIST_BYTES_MAX = 1024 * 1024
const PREFIX_CHARS = 5
const LINE = /^([0-9A-F]{35}):(\d+)$/i

export interface BreachedPasswordsDeps {
  /** The URL of the list, without the final slash. Undefined: no list is used. */
  url: string | undefined
  clock: Clock
  log: Pick<Logger, 'warn'>
  timeoutMs?: number
}

/**
 * Asks a list by range (k-anonymity): `GET <url>/<first 5 hexadecimal characters of the SHA-1>` answers lines
 * `<the other 35>:<count>`; lines with the count 0 are padding. Neither the password nor its whole digest is sent.
 */
export function createBreachedPasswords({
  url,
  clock,
  log,
  timeoutMs = BREACH_LIST_TIMEOUT_MS
}: BreachedPasswordsDeps): BreachedPasswords {
  if (url === undefined) return { has: async () => false }
  let underWay = 0
  const report = throttleReports(
    (why: string, leftOut: number) =>
      log.warn(
        { why, leftOut },
        'PASSWORD_BREACH_URL does not answer: passwords are accepted without checking them there'
      ),
    MINUTE_MS,
    () => clock.now()
  )

  async function countsOf(prefix: string): Promise<ReadonlyMap<string, number>> {
    const response = await fetch(`${url}/${prefix}`, {
      headers: { 'Add-Padding': 'true', 'User-Agent': 'sluice' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs)
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`status ${response.status}`)
    }
    const counts = new Map<string, number>()
    for (const line of (await textOf(response)).split(/\r?\n/)) {
      const [, suffix, count] = LINE.exec(line.trim()) ?? []
      if (suffix !== undefined) counts.set(suffix.toUpperCase(), Number(count))
    }
    return counts
  }

  return {
    async has(password) {
      if (underWay >= BREACH_LIST_AT_ONCE) {
        report('too many questions at once')
        return false
      }
      // The protocol of the list demands SHA-1. Nothing is stored under this digest.
      const digest = createHash('sha1').update(opaqueString(password.reveal())).digest('hex').toUpperCase()
      underWay++
      try {
        return ((await countsOf(digest.slice(0, PREFIX_CHARS))).get(digest.slice(PREFIX_CHARS)) ?? 0) > 0
      } catch (error) {
        report(reasonOf(error))
        return false
      } finally {
        underWay--
      }
    }
  }
}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > BREACH_LIST_BYTES_MAX) throw new Error(`more than ${BREACH_LIST_BYTES_MAX} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Describes an error without the URL, because the URL ends with a part of the digest. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = (error.cause ?? {}) as { code?: unknown }
  return error.name === 'TimeoutError' ? 'timeout' : typeof code === 'string' ? code : error.message
}

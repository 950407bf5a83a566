// Parsers of the values of environment variables. Each throws an Error whose message says what is wrong.
import { availableParallelism } from 'node:os'
import { parseEgressAllow } from '../platform/egress/index.ts'
import { emailFault, foldEmail } from '../lib/email.ts'
import { parseCidr } from '../lib/ip-address.ts'
import { parseKeys } from '../lib/keyring.ts'
import { Secret } from '../lib/secret.ts'
import { withTls } from './database-url.ts'

/** Returns undefined for an unset variable, and parses any other value. */
export function optional<T>(parse: (text: string) => T): (text: string | undefined) => T | undefined {
  return (text) => (text === undefined ? undefined : parse(text))
}

/**
 * Entries separated by commas. Spaces around entries and empty entries are dropped. An unset variable is an empty list.
 */
export function list<T>(parse: (text: string) => T): (text: string | undefined) => T[] {
  return (text) =>
    (text ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map(parse)
}

export function nonEmpty(text: string | undefined): string {
  if (!text?.trim()) throw new Error('must not be empty')
  return text
}

/** A whole number in decimal digits, both limits included. */
export function integer(min: number, max: number): (text: string | undefined) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text ?? '') || value < min || value > max)
      throw new Error(`must be a whole number from ${min} to ${max}`)
    return value
  }
}

/** The most processes of one start, because each has its own database connections and threads. */
const PROCESSES_MAX = 64

/** A number of processes, or `auto` for as many as there are cores. */
export function processes(text: string | undefined): number {
  return text === 'auto' ? Math.min(availableParallelism(), PROCESSES_MAX) : integer(1, PROCESSES_MAX)(text)
}

/** A share from 0 to 1, in decimal digits. */
export function ratio(text: string | undefined): number {
  const value = Number(text)
  if (!/^\d*\.?\d+$/.test(text ?? '') || value > 1) throw new Error('must be a number from 0 to 1')
  return value
}

/** `name=value,name=value` with percent-encoded values, the format of OpenTelemetry. */
export function headers(text: string | undefined): Secret<Readonly<Record<string, string>>> {
  const entries = list((entry) => {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(.*)$/.exec(entry) ?? []
    if (!name) throw new Error('must be name=value, separated by commas')
    return [name, decodeURIComponent(value)] as const
  })(text)
  return new Secret(Object.fromEntries(entries))
}

export function oneOf<const T extends string>(choices: readonly T[]): (text: string | undefined) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text)
    if (choice === undefined) throw new Error(`must be one of ${choices.join(', ')}`)
    return choice
  }
}

/** Returns the URL without a trailing slash, so that paths can be appended. */
export function httpUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
    throw new Error('must be an http or https URL without query, fragment or user')
  return url.href.replace(/\/$/, '')
}

/** A postgresql:// URL. {@link withTls} adds the protection of the connection. */
export function postgresUrl(text: string): Secret {
  return new Secret(withTls(text))
}

export function smtpUrl(text: string): Secret {
  const url = URL.parse(text)
  if (!url?.hostname || !/^smtps?:$/.test(url.protocol)) throw new Error('must be an smtp:// or smtps:// URL')
  return new Secret(text)
}

export function redisUrl(text: string): Secret {
  const url = URL.parse(text)
  if (!url?.hostname || !/^rediss?:$/.test(url.protocol)) throw new Error('must be a redis:// or rediss:// URL')
  return new Secret(text)
}

/** An address, or `Name <address>`. */
export function mailFrom(text: string): string {
  // A line break would begin another header.
  if (!/^(?:[^<>\p{Cc}]*<[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+>|[^\s<>@\p{Cc}]+@[^\s<>@\p{Cc}]+)$/u.test(text))
    throw new Error('must be an address, or a name and an address: Sluice <sluice@example.com>')
  return text
}

/** Returns the e-mail folded, in the form in which accounts are found. */
export function email(text: string): string {
  const fault = emailFault(text)
  if (fault) throw new Error(fault)
  return foldEmail(text)
}

export function secret(text: string): Secret {
  return new Secret(text)
}

const METRICS_TOKEN_MIN = 20

/** A token that a header can carry (RFC 6750) and that is long enough not to be guessed. */
export function bearerToken(text: string): Secret {
  if (!/^[\w.~+/-]+=*$/.test(text)) throw new Error('must be letters, digits and -._~+/, such as openssl rand -hex 32')
  if (text.length < METRICS_TOKEN_MIN) throw new Error(`must have at least ${METRICS_TOKEN_MIN} characters`)
  return new Secret(text)
}

/** Thirty-two random bytes have fewer different values than this once in more than 10^40 times. */
const KEY_VALUES_MIN = 8

/** Keys as `parseKeys` reads them. Refuses keys that are evidently not random. */
export function keys(text: string): Secret {
  for (const { id, key } of parseKeys(text))
    if (new Set(key.reveal()).size < KEY_VALUES_MIN)
      throw new Error(`the key "${id}" is not random: make one with openssl rand -base64 32`)
  return new Secret(text)
}

/** An entry that `parseEgressAllow` accepts, unchanged. */
export function egressEntry(text: string): string {
  parseEgressAllow([text])
  return text
}

/** An address or range. Refuses `0.0.0.0/0` and `::/0`, with which every caller could forge its address. */
export function proxyRange(text: string): string {
  try {
    if (parseCidr(text).bits === 0)
      throw new Error('would believe X-Forwarded-For from every caller: name the addresses of the proxies')
  } catch (error) {
    throw new Error(`"${text}" ${(error as Error).message}`, { cause: error })
  }
  return text
}

/** A public key of Restate, which signs its requests. */
export function restateKey(text: string): string {
  if (!/^publickeyv1_[1-9A-HJ-NP-Za-km-z]{32,64}$/.test(text))
    throw new Error('must be public keys of Restate, such as publickeyv1_2G8dCQhArfvGpzPw5Vx2ALciR4xCLHfS5YaT93XjNxX9')
  return text
}

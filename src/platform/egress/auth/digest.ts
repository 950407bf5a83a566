import { createHash } from 'node:crypto'
import type { Secret } from '../../../lib/secret.ts'
import { parseChallenges, type Challenge } from './challenges.ts'
import { AuthenticationError } from './error.ts'

export type DigestQop = 'auth' | 'auth-int'

/** A supported challenge. */
export interface DigestChallenge {
  /** As the server wrote it; the answer repeats it unchanged. */
  algorithm: string | undefined
  hash: string
  session: boolean
  realm: string
  nonce: string
  opaque: string | undefined
  /** Undefined if the server supports only RFC 2069. */
  qop: DigestQop | undefined
  stale: boolean
  userhash: boolean
}

/** The inputs of an answer to a challenge. `body` matters only for `auth-int`. */
export interface DigestRequest {
  method: string
  /** The request target: path and query. */
  uri: string
  body: string | Uint8Array
  cnonce: string
  /** The number of requests with this nonce, including this one. */
  count: number
}

/** Strongest first (RFC 7616, section 3.7: use the strongest that is understood). */
const ALGORITHMS: readonly { name: string; hash: string }[] = [
  { name: 'sha-512-256', hash: 'sha512-256' },
  { name: 'sha-256', hash: 'sha256' },
  { name: 'md5', hash: 'md5' }
]

/**
 * The strongest Digest challenge of a `WWW-Authenticate` header; undefined if it has none.
 * @throws {AuthenticationError} `challenge` if the header cannot be parsed, or none of its Digest challenges is
 * supported
 */
export function chooseDigestChallenge(header: string | undefined): DigestChallenge | undefined {
  if (header === undefined) return undefined
  const challenges = parseChallenges(header)
  if (challenges === undefined)
    throw new AuthenticationError('challenge', "The upstream's WWW-Authenticate header cannot be read")
  const digests = challenges.filter(({ scheme }) => scheme === 'digest')
  if (digests.length === 0) return undefined
  const usable = digests.map(readDigestChallenge).filter((challenge) => challenge !== undefined)
  const strength = ({ hash }: DigestChallenge): number => ALGORITHMS.findIndex((algorithm) => algorithm.hash === hash)
  const [strongest] = usable.toSorted((a, b) => strength(a) - strength(b))
  if (strongest === undefined)
    throw new AuthenticationError(
      'challenge',
      "The upstream's Digest challenge asks for an algorithm or protection that is not supported"
    )
  return strongest
}

function readDigestChallenge({ parameters }: Challenge): DigestChallenge | undefined {
  const realm = parameters.get('realm')
  const nonce = parameters.get('nonce')
  const algorithm = parameters.get('algorithm')
  const name = (algorithm ?? 'MD5').toLowerCase()
  const session = name.endsWith('-sess')
  const hash = ALGORITHMS.find((known) => known.name === (session ? name.slice(0, -'-sess'.length) : name))?.hash
  const offered = parameters
    .get('qop')
    ?.toLowerCase()
    .split(',')
    .map((qop) => qop.trim())
  // `auth` first: `auth-int` protects the body too, but many servers that offer it compute it wrongly.
  const qop = offered?.includes('auth') ? 'auth' : offered?.includes('auth-int') ? 'auth-int' : undefined
  if (realm === undefined || nonce === undefined || hash === undefined || (offered !== undefined && qop === undefined))
    return undefined
  return {
    algorithm,
    hash,
    session,
    realm,
    nonce,
    qop,
    opaque: parameters.get('opaque'),
    stale: parameters.get('stale')?.toLowerCase() === 'true',
    userhash: parameters.get('userhash')?.toLowerCase() === 'true'
  }
}

/** The `Authorization` value that answers a challenge (RFC 7616, section 3.4). */
export function digestAuthorization(
  challenge: DigestChallenge,
  username: string,
  password: Secret,
  request: DigestRequest
): string {
  const { realm, nonce, qop } = challenge
  const { cnonce, method, uri } = request
  const hash = (text: string): string => createHash(challenge.hash).update(text, 'latin1').digest('hex')
  const count = request.count.toString(16).padStart(8, '0')
  const user = asBytes(username)

  const base = hash(`${user}:${realm}:${asBytes(password.reveal())}`)
  const secret = challenge.session ? hash(`${base}:${nonce}:${cnonce}`) : base
  const target =
    qop === 'auth-int'
      ? hash(`${method}:${uri}:${createHash(challenge.hash).update(request.body).digest('hex')}`)
      : hash(`${method}:${uri}`)
  const response = hash(
    qop === undefined ? `${secret}:${nonce}:${target}` : `${secret}:${nonce}:${count}:${cnonce}:${qop}:${target}`
  )

  const fields = [
    challenge.userhash ? `username=${quote(hash(`${user}:${realm}`))}` : usernameField(username),
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response=${quote(response)}`
  ]
  if (challenge.algorithm !== undefined) fields.push(`algorithm=${challenge.algorithm}`)
  if (challenge.opaque !== undefined) fields.push(`opaque=${quote(challenge.opaque)}`)
  if (qop !== undefined) fields.push(`qop=${qop}`, `nc=${count}`)
  if (qop !== undefined || challenge.session) fields.push(`cnonce=${quote(cnonce)}`)
  if (challenge.userhash) fields.push('userhash=true')
  return `Digest ${fields.join(', ')}`
}

/** The part of an `Authorization` value of ours that proves the password. */
export function digestResponse(authorization: string): string {
  return / response="([0-9a-f]+)"/.exec(authorization)?.[1] ?? ''
}

/** Names outside ASCII use the extended notation (RFC 7616, section 3.4.4; RFC 8187). */
function usernameField(username: string): string {
  if (/^[\x20-\x7e]*$/.test(username)) return `username=${quote(username)}`
  const encoded = encodeURIComponent(username).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )
  return `username*=UTF-8''${encoded}`
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

/** UTF-8 with one character per byte, the form in which the server's own values arrive in the header. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

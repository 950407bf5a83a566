import { createHash, randomBytes } from 'node:crypto'
import { createLru } from '../../../lib/lru.ts'
import type { Secret } from '../../../lib/secret.ts'
import { fieldText } from '../../../lib/http-fields.ts'
import type { Egress, EgressRequest, EgressResponse } from '../egress.ts'
import { chooseDigestChallenge, digestAuthorization, type DigestChallenge, digestResponse } from './digest.ts'

/** A nonce that the server still accepts, and the number of its uses. */
interface DigestSession {
  challenge: DigestChallenge
  cnonce: string
  count: number
}

/** The maximum number of remembered nonces, over all servers and users. */
const MAX_SESSIONS = 1_000

/**
 * At first with the remembered nonce or none, then with a new one, then with another if that one became stale at once.
 */
const MAX_ATTEMPTS = 3

const CNONCE_BYTES = 16

export type DigestCall = (
  request: EgressRequest,
  username: string,
  password: Secret,
  onCredential: (credential: string) => void
) => Promise<EgressResponse>

/**
 * Sends requests with HTTP Digest (RFC 7616). The first request to a server is sent twice: without credentials to get
 * the challenge, then with the answer to it. Later ones reuse the nonce with an increasing count. A 401 that says
 * `stale`, or that answers a remembered nonce, is retried with the new challenge. A 401 for a new nonce means wrong
 * credentials and is returned.
 */
export function createDigestCall(egress: Egress): DigestCall {
  const sessions = createLru<DigestSession>(MAX_SESSIONS)

  return async (request, username, password, onCredential) => {
    const origin = URL.parse(String(request.url))?.origin
    const key = createHash('sha256')
      .update(JSON.stringify([origin, username, password.reveal()]))
      .digest('base64')
    let session = sessions.get(key)
    let fresh = false

    for (let attempt = 1; ; attempt++) {
      const response = await egress.request(
        session === undefined
          ? request
          : { ...request, authorize: answering(session, username, password, onCredential) }
      )
      // After a redirect, a challenge of another origin is not meant for these credentials.
      if (response.status !== 401 || URL.parse(response.url)?.origin !== origin) return response
      const challenge = chooseDigestChallenge(fieldText(response.headers['www-authenticate']))
      if (challenge === undefined || attempt === MAX_ATTEMPTS || (fresh && !challenge.stale)) {
        sessions.delete(key)
        return response
      }
      session = { challenge, cnonce: randomBytes(CNONCE_BYTES).toString('hex'), count: 0 }
      sessions.set(key, session)
      fresh = true
    }
  }
}

function answering(
  session: DigestSession,
  username: string,
  password: Secret,
  onCredential: (credential: string) => void
): NonNullable<EgressRequest['authorize']> {
  return ({ method, path, body }) => {
    session.count++
    const { cnonce, count } = session
    const authorization = digestAuthorization(session.challenge, username, password, {
      method,
      uri: path,
      body: body ?? '',
      cnonce,
      count
    })
    onCredential(digestResponse(authorization))
    return authorization
  }
}

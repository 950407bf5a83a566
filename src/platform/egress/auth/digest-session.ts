import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Secret } from '../../../lib/secret.ts'
import type { Egress, EgressRequest, EgressResponse } from '../egress.ts'
import { chooseDigestChallenge, digestAuthorization, type DigestChallenge } from './digest.ts'

/** A nonce that the server still takes, and how often it was used. */
interface DigestSession {
  challenge: DigestChallenge
  cnonce: string
  count: number
}

/** Nonces kept, over all servers and users. */
const MAX_SESSIONS = 1_000

/** The remembered nonce or none, then a fresh one, then another where that one was stale at once. */
const MAX_ATTEMPTS = 3

const CNONCE_BYTES = 16

export type DigestCall = (request: EgressRequest, username: string, password: Secret) => Promise<EgressResponse>

/**
 * Calls with HTTP Digest (RFC 7616). The first call to a server is sent twice: without credentials for the challenge,
 * then with the answer; later ones reuse the nonce with a growing count. An answer of 401 that says `stale`, or comes
 * to a remembered nonce, is tried again with the new challenge; a 401 to a fresh one means wrong credentials and is
 * given back.
 */
export function createDigestCall(egress: Egress): DigestCall {
  const sessions = new LRUCache<string, DigestSession>({ max: MAX_SESSIONS })

  return async (request, username, password) => {
    const origin = URL.parse(String(request.url))?.origin
    const key = createHash('sha256')
      .update(JSON.stringify([origin, username, password.reveal()]))
      .digest('base64')
    let session = sessions.get(key)
    let fresh = false

    for (let attempt = 1; ; attempt++) {
      const response = await egress.request(
        session === undefined ? request : { ...request, authorize: answering(session, username, password) }
      )
      // A challenge by another origin, after a redirect, is not one that these credentials are for.
      if (response.status !== 401 || URL.parse(response.url)?.origin !== origin) return response
      const challenge = chooseDigestChallenge(response.headers['www-authenticate'])
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
  password: Secret
): NonNullable<EgressRequest['authorize']> {
  return ({ method, url, body }) => {
    session.count++
    const { cnonce, count } = session
    return digestAuthorization(session.challenge, username, password, {
      method,
      uri: url.pathname + url.search,
      body: body ?? '',
      cnonce,
      count
    })
  }
}

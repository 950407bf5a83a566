import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Secret } from '../lib/secret.ts'

/**
 * The console's session cookie. The prefix `__Host-` (RFC 6265bis, section 4.1.3) requires https; plain http is meant
 * for local use.
 */
export interface SessionCookie {
  read(request: FastifyRequest): string | undefined
  set(reply: FastifyReply, token: Secret, expiresAt: Date): void
  clear(reply: FastifyReply): void
}

/** @param publicUrl decides whether the cookie is `Secure` and has the prefix */
export function createSessionCookie(publicUrl: string): SessionCookie {
  const secure = publicUrl.startsWith('https:')
  const name = secure ? '__Host-sluice' : 'sluice'
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const
  return {
    read: (request) => request.cookies[name],
    set: (reply, token, expires) => void reply.setCookie(name, token.reveal(), { ...attributes, expires }),
    clear: (reply) => void reply.clearCookie(name, attributes)
  }
}

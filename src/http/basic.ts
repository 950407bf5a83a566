import basicAuth from '@fastify/basic-auth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Secret } from '../lib/secret.ts'

declare module 'fastify' {
  interface FastifyRequest {
    basicPair: { email: string; password: Secret } | null
  }
}

/**
 * Registers @fastify/basic-auth, which reads the header strictly (RFC 7617, UTF-8). It does not check the password:
 * that is the task of the authenticator.
 */
export async function registerBasic(app: FastifyInstance): Promise<void> {
  app.decorateRequest('basicPair', null)
  await app.register(basicAuth, {
    authenticate: false,
    utf8: true,
    strictCredentials: true,
    async validate(username, password, request) {
      request.basicPair = { email: username, password: new Secret(password) }
    }
  })
}

/** The e-mail and password in the header; undefined if the header is malformed. */
export function basicPair(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<{ email: string; password: Secret } | undefined> {
  return new Promise((resolve) => {
    app.basicAuth(request, reply, (error?: Error) => resolve(error ? undefined : (request.basicPair ?? undefined)))
  })
}

/**
 * Form-decodes the pair of an OAuth client if it is form-encoded. An e-mail always has an `@`, which form-encoding
 * replaces, so only one reading is possible and no password is tried twice.
 */
export function plainPair(pair: { email: string; password: Secret }): { email: string; password: Secret } {
  const email = pair.email.includes('@') ? undefined : formDecoded(pair.email)
  const password = formDecoded(pair.password.reveal())
  return email?.includes('@') && password !== undefined ? { email, password: new Secret(password) } : pair
}

/** Decodes form-encoded text; undefined if it is malformed. */
export function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

import basicAuth from '@fastify/basic-auth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Secret } from '../lib/secret.ts'

declare module 'fastify' {
  interface FastifyRequest {
    basicPair: { email: string; password: Secret } | null
  }
}

/** Registers @fastify/basic-auth to read the header strictly (RFC 7617, UTF-8). Whether the pair is right is the credentials room's to say. */
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

/** The pair in the header, or undefined where it is malformed. */
export function basicPair(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<{ email: string; password: Secret } | undefined> {
  return new Promise((resolve) => {
    app.basicAuth(request, reply, (error?: Error) => resolve(error ? undefined : (request.basicPair ?? undefined)))
  })
}

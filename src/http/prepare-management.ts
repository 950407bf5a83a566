import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { Fault } from '../lib/fault.ts'
import { registerCompression } from './compression.ts'
import { createSerializerCompiler, createValidatorCompiler } from './schema-compilers.ts'
import { refuseBadText } from './text.ts'

/**
 * Registers what pages and management calls need: validation, cookies and security headers for browsers. Calls of
 * listeners do not pay for any of it.
 */
export async function prepareManagement(app: FastifyInstance): Promise<void> {
  // A scope that adds its own schemas does not inherit these compilers.
  app.setValidatorCompiler(createValidatorCompiler())
  app.setSerializerCompiler(createSerializerCompiler(app))
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const coding = request.headers['content-encoding']
    // RFC 9110, section 15.5.16
    if (coding !== undefined && coding.toLowerCase() !== 'identity')
      throw new Fault('unsupported_media_type', {
        why: 'content_encoding',
        detail: 'Send the body without Content-Encoding.',
        headers: { 'Accept-Encoding': 'identity' }
      })
    done(null, payload)
  })
  // After the validation by the schema of the route, which gives better messages.
  app.addHook('preHandler', (request, _reply, done) => {
    refuseBadText(request)
    done()
  })
  await app.register(cookie)
  await registerCompression(app)
  await app.register(helmet, {
    global: true,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    referrerPolicy: { policy: 'no-referrer' },
    // The proxy that terminates TLS should set this header, because it knows whether every subdomain has TLS.
    strictTransportSecurity: false
  })
}

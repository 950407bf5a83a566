import diagnostics from 'node:diagnostics_channel'
import { Ajv } from 'ajv'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t from 'tap'
import { createValidatorCompiler } from '../../src/http/schema-compilers.ts'
import { startSluice } from '../fixtures/sluice.ts'

const PARTS = ['params', 'querystring', 'headers', 'body'] as const

const routes: RouteOptions[] = []
diagnostics.subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onRoute', (route) => void routes.push(route))
})

t.test('the schema of every route compiles: validators are created when a route is first called', async (t) => {
  await startSluice(t)
  t.ok(routes.length > 100, `${routes.length} routes`)
  const compile = createValidatorCompiler()
  const ajv = new Ajv({ strict: false })
  for (const { method, url, schema } of routes)
    for (const httpPart of PARTS) {
      const part = schema?.[httpPart]
      if (!part) continue
      const validate = compile({ schema: part, method: String(method), url, httpPart })
      t.ok(ajv.validateSchema(part), `${httpPart} of ${String(method)} ${url} is a JSON Schema`)
      t.doesNotThrow(() => validate(null), `${httpPart} of ${String(method)} ${url}`)
    }
})

t.test(
  'a schema that cannot be compiled throws at the first value, and a fault is there after each value',
  async (t) => {
    const compile = createValidatorCompiler()
    const of = (schema: object) => compile({ schema, method: 'GET', url: '/', httpPart: 'body' })
    t.throws(() => of({ type: 'nonsense' })(1))
    const validate = of({ type: 'integer', maximum: 2 })
    t.equal(validate(3), false)
    t.match(validate.errors, [{ keyword: 'maximum' }])
    t.equal(validate(2), true)
    t.equal(validate.errors, null)
  }
)

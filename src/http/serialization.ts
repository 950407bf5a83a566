import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifyInstance } from 'fastify'
import type { FastifySerializerCompiler } from 'fastify/types/schema.js'

/**
 * Serializers made from the response schemas when a route first answers. Made at the start, as the framework would, those of all routes
 * and statuses take seconds. Problems are written as they are: their schema only documents them.
 */
export function createSerializerCompiler(app: FastifyInstance): FastifySerializerCompiler<unknown> {
  const factory = SerializerSelector()
  return (route) => {
    if ((route as { contentType?: string }).contentType === 'application/problem+json') return JSON.stringify
    let serialize: ((value: unknown) => string) | undefined
    return (value) => {
      serialize ??= factory(app.getSchemas(), {})(route as never) as (value: unknown) => string
      return serialize(value)
    }
  }
}

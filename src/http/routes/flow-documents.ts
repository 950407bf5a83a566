import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readDraft, type Draft } from '../../flows/check-document.ts'
import { Fault } from '../../lib/fault.ts'

const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml']
const DESCRIPTION = 'A Serverless Workflow document (DSL 1.0.3)'

export const EXAMPLE_DOCUMENT = {
  document: { dsl: '1.0.3', namespace: 'shop', name: 'greet', version: '1.0.0' },
  do: [{ greet: { set: { greeting: '${ "Hello, " + .query.name }' } } }]
}
const EXAMPLE_YAML = `document:
  dsl: 1.0.3
  namespace: shop
  name: greet
  version: 1.0.0
do:
  - greet:
      set:
        greeting: \${ "Hello, " + .query.name }
`

/**
 * The body of calls that take a whole document. It has no schema: the lint checks it and gives the position of each
 * fault in the text.
 */
export const DocumentBody = {
  content: {
    'application/json': { schema: { description: DESCRIPTION, examples: [EXAMPLE_DOCUMENT] } },
    ...Object.fromEntries(
      YAML_TYPES.map((type) => [type, { schema: { description: DESCRIPTION, examples: [EXAMPLE_YAML] } }])
    )
  }
}

/**
 * Registers parsers that keep the body as a document.
 * @param scope an encapsulated scope, so that other routes parse JSON as before
 */
export function readDocuments(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, text: string) => readDraft(text, 'json')
  )
  scope.addContentTypeParser(YAML_TYPES, { parseAs: 'string' }, async (_request: FastifyRequest, text: string) =>
    readDraft(text, 'yaml')
  )
}

/** @throws Fault `validation_failed` if there is no body */
export function draftOf(request: FastifyRequest): Draft {
  const draft = request.body as Draft | null | undefined
  if (!draft)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '', message: 'is missing: send a document as application/json or application/yaml' }]
    })
  return draft
}

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

/** The body of calls that take a whole document. No schema judges it: the lint does, and says where in the text each fault stands. */
export const DocumentBody = {
  content: {
    'application/json': { schema: { description: DESCRIPTION, examples: [EXAMPLE_DOCUMENT] } },
    ...Object.fromEntries(
      YAML_TYPES.map((type) => [type, { schema: { description: DESCRIPTION, examples: [EXAMPLE_YAML] } }])
    )
  }
}

/** Reads bodies as documents. @param scope encapsulated: other routes read JSON as ever */
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

/** @throws Fault `validation_failed` where there is no body */
export function draftOf(request: FastifyRequest): Draft {
  const draft = request.body as Draft | null | undefined
  if (!draft)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '', message: 'is missing: send a document as application/json or application/yaml' }]
    })
  return draft
}

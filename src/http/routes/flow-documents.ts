import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { JobOwner } from '../../dsl/expressions/expressions.ts'
import { type CheckDeps, readDraft, type DocumentSource, type Draft } from '../../flows/check-document.ts'
import { Fault } from '../../lib/fault.ts'
import { isObject } from '../../lib/json.ts'
import { requestActor } from '../guards.ts'
import { decodeBody } from '../text.ts'

export const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml']
/** The most characters of a note on a version. */
export const NOTE_MAX = 500
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
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer): Promise<DocumentSource> => ({
      type: 'application/json',
      text: decodeBody(body)
    })
  )
  scope.addContentTypeParser(
    YAML_TYPES,
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer): Promise<DocumentSource> => ({
      type: 'application/yaml',
      text: decodeBody(body)
    })
  )
}

/** Whose share of the worker threads is used to read and check a document. */
export function authorOf(request: Pick<FastifyRequest, 'principal' | 'ip' | 'id'>): JobOwner {
  return { key: requestActor(request).id ?? request.ip }
}

/** @throws (rejects) Fault `validation_failed` if there is no body, or its text is not JSON or YAML */
export async function draftOf(deps: Pick<CheckDeps, 'expressions'>, request: FastifyRequest): Promise<Draft> {
  const source = request.body as DocumentSource | null | undefined
  if (!source)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '', message: 'is missing: send a document as application/json or application/yaml' }]
    })
  return readDraft(deps, source, authorOf(request))
}

/**
 * Takes the note out of a JSON body, where it is a member beside those of the document. A note in the query wins.
 * @throws Fault `validation_failed` for a note that is not text of at most {@link NOTE_MAX} characters
 */
export function takeNote(draft: Draft, inQuery: string | undefined): Draft & { note?: string | undefined } {
  const { document, source } = draft
  if (source?.type !== 'application/json' || !isObject(document) || !Object.hasOwn(document, 'note'))
    return { ...draft, note: inQuery }
  const { note, ...rest } = document
  if (typeof note !== 'string' || note.length > NOTE_MAX)
    throw new Fault('validation_failed', {
      errors: [{ pointer: '/note', message: `must be text of at most ${NOTE_MAX} characters` }]
    })
  return { ...draft, document: rest, source: undefined, note: inQuery ?? note }
}

/**
 * Whether `Accept` prefers YAML to JSON (RFC 9110, section 12.5.1). Without the header, or if it accepts any type, the
 * answer is JSON.
 */
export function wantsYaml(accept: string | undefined): boolean {
  const weights = { yaml: 0, json: accept === undefined ? 1 : 0 }
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    if (YAML_TYPES.includes(type)) weights.yaml = Math.max(weights.yaml, weight)
    if (['application/json', 'application/*', '*/*'].includes(type)) weights.json = Math.max(weights.json, weight)
  }
  return weights.yaml > 0 && weights.yaml >= weights.json
}

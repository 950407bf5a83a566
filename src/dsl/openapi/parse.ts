import { pointerSteps } from '../../lib/json-pointer.ts'
import { deeperThan, isObject, own } from '../../lib/json.ts'
import { DOCUMENT_LIMITS } from '../limits.ts'
import type { DocumentFault } from '../parse.ts'

/** The limits of an OpenAPI document. */
export const OPENAPI_LIMITS = Object.freeze({
  /** Bytes of its text, in UTF-8. */
  bytes: 2 * 1024 * 1024,
  /** Bytes of a YAML text. Parsing YAML takes a thousand times as long as JSON. */
  yamlBytes: DOCUMENT_LIMITS.bytes,
  /** Nesting of arrays and objects. */
  nesting: 128
})

/** Reads a text of YAML on another thread. */
export type ReadYaml = (text: string) => Promise<{ document: unknown; faults: readonly DocumentFault[] }>

/**
 * Parses an OpenAPI document, JSON or YAML.
 * @throws (rejects with) Error with a message for the author of the flow, or an error of `readYaml`.
 */
export async function parseOpenApi(text: string, readYaml: ReadYaml): Promise<unknown> {
  const bytes = Buffer.byteLength(text)
  if (bytes > OPENAPI_LIMITS.bytes) throw new Error(`the OpenAPI document is larger than ${OPENAPI_LIMITS.bytes} bytes`)
  const document = parseJson(text) ?? (await parseYaml(text, bytes, readYaml))
  if (deeperThan(document, OPENAPI_LIMITS.nesting))
    throw new Error(`the OpenAPI document is nested more than ${OPENAPI_LIMITS.nesting} deep`)
  return document
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

async function parseYaml(text: string, bytes: number, readYaml: ReadYaml): Promise<unknown> {
  if (bytes > OPENAPI_LIMITS.yamlBytes)
    throw new Error(
      `the OpenAPI document is not JSON, and larger than ${OPENAPI_LIMITS.yamlBytes} bytes: ` +
        `give the address of its JSON form, which may have ${OPENAPI_LIMITS.bytes}`
    )
  const {
    document,
    faults: [fault]
  } = await readYaml(text)
  if (fault) throw new Error(`the OpenAPI document is neither JSON nor YAML as it is read here: ${fault.message}`)
  return document
}

/** The longest chain of references. A longer one counts as a loop. */
const MAX_HOPS = 16

/**
 * Resolves a node: itself, or the node that its `$ref` names in the same document.
 * @throws Error for references that lead out of the document, to nothing, or in a circle.
 */
export function resolveRefs(document: unknown, node: unknown): unknown {
  let found = node
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const ref = isObject(found) ? own(found, '$ref') : undefined
    if (typeof ref !== 'string') return found
    if (!ref.startsWith('#'))
      throw new Error(`the reference ${ref} leads out of the document, and only one document is fetched`)
    found = follow(document, decodeURIComponent(ref.slice(1)), ref)
  }
  throw new Error('a reference in the document leads in a circle')
}

function follow(document: unknown, pointer: string, ref: string): unknown {
  let node = document
  for (const step of pointerSteps(pointer)) {
    node = Array.isArray(node) ? node[Number(step)] : isObject(node) ? own(node, step) : undefined
    if (node === undefined) throw new Error(`the reference ${ref} leads to nothing`)
  }
  return node
}

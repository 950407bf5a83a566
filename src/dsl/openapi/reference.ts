import { pointerSteps } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/record.ts'

/** References that lead to references; more is a loop. */
const MAX_HOPS = 16

/** What a node stands for: itself, or what its `$ref` leads to in the same document. @throws Error for references out of the document, to nothing, or in a circle. */
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

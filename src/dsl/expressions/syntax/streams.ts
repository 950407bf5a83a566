import type { Node } from './ast.ts'
import { parse } from './parse.ts'

/** Functions whose number of outputs depends on their input. */
const STREAMS = new Set(['empty', 'recurse', 'select', 'range', 'limit', 'values', 'nulls', 'booleans', 'numbers'])
for (const name of ['strings', 'arrays', 'objects', 'iterables', 'scalars', 'path']) STREAMS.add(name)

/**
 * Whether the number of outputs of an expression depends on the data, as for `.items[]`, even if it is one for some
 * data. False where only jq can read the source.
 */
export function isStream(source: string): boolean {
  const tree = parse(source)
  return tree !== undefined && streams(tree)
}

function streams(node: Node): boolean {
  switch (node.kind) {
    case 'iterate':
    case 'recurse':
    case 'comma':
    case 'foreach':
      return true
    case 'index':
    case 'slice':
      return streams(node.target)
    case 'pipe':
    case 'binary':
      return streams(node.left) || streams(node.right)
    case 'try':
    case 'bind':
      return streams(node.body)
    case 'if':
      return streams(node.consequence) || (node.otherwise !== undefined && streams(node.otherwise))
    case 'call':
      return STREAMS.has(node.name)
    default:
      return false
  }
}

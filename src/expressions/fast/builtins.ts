import type { Node } from '../syntax/ast.ts'
import { type Code, single, stream } from './code.ts'
import { isTrue } from './values.ts'

/** The code of a call, or undefined where that function is left to jq. `nodes` are the arguments as written. */
export function builtin(name: string, args: readonly Code[], _nodes: readonly Node[]): Code | undefined {
  if (name === 'empty' && args.length === 0) return stream(() => [])
  if (name === 'not' && args.length === 0) return single(input => !isTrue(input))
  return undefined
}

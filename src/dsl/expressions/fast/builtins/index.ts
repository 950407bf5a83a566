import type { Node } from '../../syntax/ast.ts'
import { type Code, lift1, single } from '../code.ts'
import { charge } from '../run.ts'
import { flow } from './flow.ts'
import { collections } from './collections.ts'
import { orders } from './order.ts'
import type { Value1, Value0 } from './signature.ts'
import { scalars } from './scalars.ts'
import { patternTest } from './test.ts'
import { texts } from './texts.ts'

const VALUES: ReadonlyMap<string, Value0> = new Map([
  ...Object.entries(scalars.none),
  ...Object.entries(texts.none),
  ...Object.entries(collections.none),
  ...Object.entries(orders.none)
])
const PAIRS: ReadonlyMap<string, Value1> = new Map([...Object.entries(texts.one), ...Object.entries(collections.one)])

/** The code of a call; undefined where the function is left to jq. `nodes` are the arguments as written. */
export function builtin(name: string, args: readonly Code[], nodes: readonly Node[]): Code | undefined {
  const [first] = args
  const value = args.length === 0 ? VALUES.get(name) : undefined
  if (value !== undefined)
    return single((input, frame) => {
      charge(frame.run, 1)
      return value(input, frame.run)
    })
  const pair = args.length === 1 ? PAIRS.get(name) : undefined
  if (pair !== undefined && first !== undefined)
    return lift1(first, (input, argument, frame) => pair(input, argument, frame.run))
  if (name === 'test' && args.length === 1) return patternTest(nodes[0])
  return flow(name, args) ?? orders.by(name, args)
}

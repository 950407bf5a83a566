import { pointerTo } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/record.ts'
import type { Check } from './combinators.ts'

/** Functions that come back to themselves would never end. */
export const functionLoops: Check = (functions, place, lint) => {
  if (!isObject(functions)) return
  const names = Object.keys(functions)
  const calls = new Map(
    names.map((name) => [name, calledIn(functions[name]).filter((called) => names.includes(called))])
  )
  for (const name of names) {
    if (reaches(name, name, calls, new Set()))
      lint.fault(
        pointerTo(place.pointer, name),
        `The function "${name}" calls itself, directly or through others: use "for" for repetition.`
      )
  }
}

/** Every `call` in a definition. Members that are not tasks do no harm: at worst a name too many is looked at. */
function calledIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(calledIn)
  if (!isObject(node)) return []
  const target = own(node, 'call')
  return [...(typeof target === 'string' ? [target] : []), ...Object.values(node).flatMap(calledIn)]
}

function reaches(
  from: string,
  target: string,
  calls: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>
): boolean {
  return (calls.get(from) ?? []).some((called) => {
    if (called === target) return true
    if (seen.has(called)) return false
    seen.add(called)
    return reaches(called, target, calls, seen)
  })
}

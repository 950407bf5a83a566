import { pointerTo } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/json.ts'
import type { Check } from './combinators.ts'

type Calls = ReadonlyMap<string, readonly string[]>

/** Reports the functions that call themselves, directly or through others, because they would never end. */
export const functionLoops: Check = (functions, place, lint) => {
  if (!isObject(functions)) return
  const calls = new Map(
    Object.entries(functions).map(([name, definition]) => [
      name,
      [...new Set(calledIn(definition))].filter((called) => Object.hasOwn(functions, called))
    ])
  )
  for (const name of namesInLoops(calls)) {
    lint.fault(
      pointerTo(place.pointer, name),
      `The function "${name}" calls itself, directly or through others: use "for" for repetition.`
    )
  }
}

/** Every `call` in a definition. It also looks into members that are not tasks; at worst it finds an extra name. */
function calledIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(calledIn)
  if (!isObject(node)) return []
  const target = own(node, 'call')
  return [...(typeof target === 'string' ? [target] : []), ...Object.values(node).flatMap(calledIn)]
}

/**
 * The functions that can call themselves, in the order of their definition: those that share a strongly connected
 * component with another one, or call themselves directly (Tarjan's algorithm). Linear in the number of calls and
 * without recursion, because an author chooses both.
 */
function namesInLoops(calls: Calls): string[] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const looping = new Set<string>()

  const enter = (name: string): { name: string; next: number } => {
    order.set(name, order.size)
    lowest.set(name, order.size - 1)
    open.push(name)
    isOpen.add(name)
    return { name, next: 0 }
  }
  const lower = (name: string, to: number): void => {
    lowest.set(name, Math.min(lowest.get(name) as number, to))
  }
  const close = (name: string): void => {
    const component = open.splice(open.lastIndexOf(name))
    for (const member of component) isOpen.delete(member)
    if (component.length > 1 || calls.get(name)?.includes(name)) for (const member of component) looping.add(member)
  }

  for (const root of calls.keys()) {
    if (order.has(root)) continue
    const path = [enter(root)]
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const called = calls.get(at.name)?.[at.next++]
      if (called === undefined) {
        path.pop()
        const caller = path.at(-1)
        if (caller !== undefined) lower(caller.name, lowest.get(at.name) as number)
        if (lowest.get(at.name) === order.get(at.name)) close(at.name)
      } else if (!order.has(called)) path.push(enter(called))
      else if (isOpen.has(called)) lower(at.name, order.get(called) as number)
    }
  }
  return [...calls.keys()].filter((name) => looping.has(name))
}

import { isMap, isSeq } from 'yaml'
import type { Path } from './read-whole.ts'
import { isRecord } from '../tasks.ts'
import type { Patcher } from './patcher.ts'

/**
 * Changes the value at a path, and edits only what differs: an unchanged member keeps its text, and a map or a list is
 * not rewritten if the change of one member is enough.
 */
export function changeValue(
  patcher: Patcher,
  path: Path,
  before: unknown,
  after: unknown,
  order?: readonly string[]
): void {
  if (isSame(before, after)) return
  const node = patcher.node(path)
  if (isRecord(before) && isRecord(after) && isMap(node) && path.length > 0 && Object.keys(after).length > 0) {
    const renamed = renamedKey(before, after)
    if (renamed) return patcher.renameKey(path, ...renamed)
    for (const key of Object.keys(before)) if (!(key in after)) patcher.remove(path, key)
    for (const [key, value] of Object.entries(after)) {
      if (!(key in before)) patcher.put(path, key, value, order)
      else changeValue(patcher, [...path, key], before[key], value)
    }
  } else if (Array.isArray(before) && Array.isArray(after) && isSeq(node) && after.length > 0 && before.length > 0) {
    changeList(patcher, path, before as unknown[], after as unknown[])
  } else {
    patcher.set(path, after)
  }
}

/** The old and the new name of a member, if its name is the only difference. */
function renamedKey(before: Record<string, unknown>, after: Record<string, unknown>): [string, string] | undefined {
  const [old, now] = [Object.entries(before), Object.entries(after)]
  if (old.length !== now.length || !old.every(([, value], at) => isSame(value, now[at]?.[1]))) return undefined
  const changed = old.flatMap(([key], at) => (key === now[at]?.[0] ? [] : [at]))
  const [at] = changed
  if (at === undefined || changed.length !== 1) return undefined
  return [old[at]?.[0] ?? '', now[at]?.[0] ?? '']
}

/**
 * Keeps equal items at the start and at the end. Between them, changes items one by one, and then removes or adds the
 * rest.
 */
function changeList(patcher: Patcher, path: Path, before: readonly unknown[], after: readonly unknown[]): void {
  const most = Math.min(before.length, after.length)
  let head = 0
  while (head < most && isSame(before[head], after[head])) head++
  let tail = 0
  while (tail < most - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) tail++
  const paired = most - head - tail
  for (let index = head; index < head + paired; index++) {
    changeValue(patcher, [...path, index], before[index], after[index])
  }
  for (let index = before.length - tail - 1; index >= head + paired; index--) patcher.drop(path, index)
  patcher.insert(path, head + paired, after.slice(head + paired, after.length - tail))
}

/** Whether two values have the same JSON, including the order of members. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

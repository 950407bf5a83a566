import { isRecord, ownDefinition, pointerWords, tasksOf, type FlowTask } from './tasks.ts'

export interface Change {
  /** A step, by the names that lead to it, or a part of the settings of the flow. */
  name: string
  kind: 'added' | 'removed' | 'changed' | 'moved'
}

/**
 * The differences between two documents, step by step. A step that was moved into another group counts as removed and
 * added.
 */
export function changesBetween(before: unknown, after: unknown): Change[] {
  const old = new Map(tasksOf(before).map((task) => [pointerWords(task.pointer), task]))
  const now = new Map(tasksOf(after).map((task) => [pointerWords(task.pointer), task]))
  const moved = movedNames(old, now)
  return [
    ...settingChanges(before, after),
    ...[...now].flatMap(([name, task]): Change[] => {
      const was = old.get(name)
      if (!was) return [{ name, kind: 'added' }]
      if (JSON.stringify(ownDefinition(was)) !== JSON.stringify(ownDefinition(task))) return [{ name, kind: 'changed' }]
      return moved.has(name) ? [{ name, kind: 'moved' }] : []
    }),
    ...[...old.keys()].filter((name) => !now.has(name)).map((name): Change => ({ name, kind: 'removed' }))
  ]
}

/** Members beside the steps: `input`, `use`, `schedule` and the like. */
function settingChanges(before: unknown, after: unknown): Change[] {
  const [old, now] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => key !== 'do' && JSON.stringify(old[key]) !== JSON.stringify(now[key]))
    .map((key) => ({ name: key, kind: key in old ? (key in now ? 'changed' : 'removed') : 'added' }))
}

/** The steps of both documents whose order among their neighbors has changed. */
function movedNames(old: ReadonlyMap<string, FlowTask>, now: ReadonlyMap<string, FlowTask>): Set<string> {
  const groups = new Map<string, string[]>()
  for (const name of now.keys()) {
    if (!old.has(name)) continue
    const parent = name.slice(0, Math.max(0, name.lastIndexOf(' › ')))
    groups.set(parent, [...(groups.get(parent) ?? []), name])
  }
  const place = new Map([...old.keys()].map((name, index) => [name, index]))
  const moved = new Set<string>()
  for (const names of groups.values()) {
    const kept = longestRising(names.map((name) => place.get(name) ?? 0))
    names.forEach((name, index) => kept.has(index) || moved.add(name))
  }
  return moved
}

/** The indexes of a longest increasing subsequence. */
function longestRising(values: readonly number[]): Set<number> {
  const length = values.map(() => 1)
  const previous = values.map(() => -1)
  values.forEach((value, at) => {
    for (let before = 0; before < at; before++) {
      if ((values[before] ?? 0) < value && (length[before] ?? 0) + 1 > (length[at] ?? 0)) {
        length[at] = (length[before] ?? 0) + 1
        previous[at] = before
      }
    }
  })
  const kept = new Set<number>()
  for (let at = length.indexOf(Math.max(0, ...length)); at >= 0; at = previous[at] ?? -1) kept.add(at)
  return kept
}

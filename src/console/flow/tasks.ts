import { ExactNumber } from '../lib/exact-json.ts'

/** A task of a flow's document, in the order in which it is written. */
export interface FlowTask {
  /** JSON Pointer (RFC 6901): `/do/0/findProduct/try/0/getProduct`. */
  pointer: string
  name: string
  /** "call http", "switch", "set": the keyword, and for a call what it calls. */
  kind: string
  /** 1 for the tasks of the flow itself. */
  level: number
  /** Its definition. */
  task: Record<string, unknown>
}

/** The members that tell the kind of a task, in this order, because a loop also has a `do`. */
const KINDS = ['call', 'switch', 'for', 'set', 'fork', 'try', 'raise', 'wait', 'run', 'emit', 'listen', 'do'] as const

/** The lists inside each kind of task, by the members that lead to them. */
const LISTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  do: [['do']],
  for: [['do']],
  fork: [['fork', 'branches']],
  try: [['try'], ['catch', 'do']],
  listen: [['foreach', 'do']]
}

/** Every task of a document. Accepts every value: a half-written document has fewer tasks. */
export function tasksOf(document: unknown): FlowTask[] {
  return tasksOfList(memberOf(document, 'do'), '/do', 1)
}

function tasksOfList(list: unknown, at: string, level: number): FlowTask[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown, index) => {
    const [name, task] = isRecord(item) ? (Object.entries(item)[0] ?? []) : []
    if (name === undefined || !isRecord(task)) return []
    const pointer = `${at}/${index}/${escapePointer(name)}`
    const kind = KINDS.find((each) => each in task) ?? 'unknown'
    return [
      { pointer, name, kind: kindWords(kind, task), level, task },
      ...(LISTS[kind] ?? []).flatMap((path) =>
        tasksOfList(path.reduce(memberOf, task as unknown), `${pointer}/${path.join('/')}`, level + 1)
      )
    ]
  })
}

function kindWords(kind: string, task: Record<string, unknown>): string {
  if (kind === 'call') return `call ${String(task['call'])}`
  if (kind !== 'run') return kind
  const [what] = isRecord(task['run']) ? Object.keys(task['run']) : []
  return what ? `run ${what}` : 'run'
}

/** "findProduct › catch › unknownProduct": the names that lead to a task. */
export function pointerWords(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map(unescapePointer)
    .filter((part) => !/^(do|try|fork|branches|foreach|\d+)$/.test(part))
    .join(' › ')
}

/** The last name of a pointer. */
export function nameOfPointer(pointer: string): string {
  return unescapePointer(pointer.slice(pointer.lastIndexOf('/') + 1))
}

/** A pointer without its last name: the place of a step, which does not depend on its name. */
export function placeOfPointer(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')))
}

/** The members and indexes that a pointer names. */
export function pathOfPointer(pointer: string): string[] {
  return pointer.split('/').slice(1).map(unescapePointer)
}

/** The pointer of a path. */
export function pointerOfPath(path: readonly (string | number)[]): string {
  return path.map((step) => `/${escapePointer(String(step))}`).join('')
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

/** The definition of a task without the tasks inside it. */
export function ownDefinition({ task }: FlowTask): unknown {
  const own = structuredClone(task)
  for (const path of Object.values(LISTS).flat()) {
    const holder = path.slice(0, -1).reduce(memberOf, own as unknown)
    const last = path.at(-1) ?? ''
    if (isRecord(holder) && Array.isArray(holder[last])) holder[last] = []
  }
  return own
}

import type { Fault } from './yaml.ts'
import { isRecord, pathOfPointer, pointerOfPath, tasksOf, type FlowTask } from './tasks.ts'

/** A step as the outline shows it. */
export interface OutlineRow extends FlowTask {
  /** What it does, in a line: "GET erp.example/products/{sku}". */
  about: string
  /** The heading above it if it begins a list inside a step: "When it fails with 404". */
  heading: string | undefined
  /** The steps to which it leads, other than the next one. */
  jumps: readonly Jump[]
  parent: string | undefined
  branch: boolean
  fault: string | undefined
}

export interface Jump {
  /** The condition of a case; empty for a plain `then`. */
  when: string
  then: string
}

/** Every step of a document, with its faults. Accepts every value: a half-written document has fewer rows. */
export function outlineOf(document: unknown, faults: readonly Fault[] = []): OutlineRow[] {
  const tasks = tasksOf(document)
  const byPointer = new Map(tasks.map((task) => [task.pointer, task]))
  const parents = new Map(tasks.map(({ pointer }) => [pointer, parentOf(pointer, byPointer)]))
  const branches = new Set(parents.values())
  const marks = faultsByStep(tasks, faults)
  return tasks.map((task) => {
    const parent = parents.get(task.pointer)
    return {
      ...task,
      about: aboutTask(task.task),
      heading: headingOf(task.pointer, parent === undefined ? undefined : byPointer.get(parent)),
      jumps: jumpsOf(task.task),
      parent,
      branch: branches.has(task.pointer),
      fault: marks.get(task.pointer)
    }
  })
}

function parentOf(pointer: string, known: ReadonlyMap<string, FlowTask>): string | undefined {
  for (let path = pathOfPointer(pointer).slice(0, -1); path.length > 0; path = path.slice(0, -1)) {
    const above = pointerOfPath(path)
    if (known.has(above)) return above
  }
  return undefined
}

/** The faults by step: each belongs to the innermost step that contains its pointer. */
function faultsByStep(tasks: readonly FlowTask[], faults: readonly Fault[]): Map<string, string> {
  const marks = new Map<string, string>()
  for (const { pointer, message } of faults) {
    if (!pointer) continue
    const step = tasks.findLast((task) => pointer === task.pointer || pointer.startsWith(`${task.pointer}/`))
    if (step && !marks.has(step.pointer)) marks.set(step.pointer, message)
  }
  return marks
}

function headingOf(pointer: string, parent: FlowTask | undefined): string | undefined {
  if (!parent || pathOfPointer(pointer).at(-2) !== '0') return undefined
  const inner = pointer.slice(parent.pointer.length)
  if (!inner.startsWith('/catch/')) return undefined
  return `When it fails${caughtWords(parent.task)}`
}

/** " with 404": which errors a catch takes. */
export function caughtWords(task: Record<string, unknown>): string {
  const wanted = valueAt(task, 'catch', 'errors', 'with')
  if (!isRecord(wanted)) return ''
  const words = Object.values(wanted).map(String)
  return words.length > 0 ? ` with ${words.join(', ')}` : ''
}

/** The steps to which a task leads by its `then`, or by the `then` of the cases of its switch. */
export function jumpsOf(task: Record<string, unknown>): Jump[] {
  const cases = Array.isArray(task['switch']) ? (task['switch'] as unknown[]) : []
  return [
    ...cases.flatMap((each): Jump[] => {
      const [name, body] = isRecord(each) ? (Object.entries(each)[0] ?? []) : []
      if (name === undefined || !isRecord(body)) return []
      return [
        { when: body['when'] === undefined ? 'else' : bare(body['when']), then: text(body['then'] ?? 'continue') }
      ]
    }),
    ...(typeof task['then'] === 'string' ? [{ when: '', then: task['then'] }] : []),
    ...(typeof valueAt(task, 'catch', 'then') === 'string'
      ? [{ when: 'when it failed', then: text(valueAt(task, 'catch', 'then')) }]
      : [])
  ]
}

/** What a step does, in a line. */
export function aboutTask(task: Record<string, unknown>): string {
  const call = task['call']
  if (call === 'http') {
    const endpoint = valueAt(task, 'with', 'endpoint')
    const uri = isRecord(endpoint) ? endpoint['uri'] : endpoint
    return `${text(valueAt(task, 'with', 'method')).toUpperCase()} ${bare(uri).replace(/^https?:\/\//, '')}`.trim()
  }
  if (call === 'openapi') return text(valueAt(task, 'with', 'operationId'))
  if ('for' in task)
    return `each ${text(valueAt(task, 'for', 'each') ?? 'item')} of ${bare(valueAt(task, 'for', 'in'))}`
  if ('set' in task) return isRecord(task['set']) ? Object.keys(task['set']).join(', ') : bare(task['set'])
  if ('fork' in task) return valueAt(task, 'fork', 'compete') === true ? 'the first that ends wins' : 'all at once'
  if ('try' in task) return retryWords(task)
  if ('raise' in task) return raiseWords(valueAt(task, 'raise', 'error'))
  if ('wait' in task) return durationWords(task['wait'])
  if ('listen' in task) return bare(valueAt(task, 'listen', 'to', 'one', 'with', 'type'))
  if ('emit' in task) return text(valueAt(task, 'emit', 'event', 'with', 'type'))
  const flow = valueAt(task, 'run', 'workflow')
  if (isRecord(flow)) {
    const called = `${text(flow['namespace'])}/${text(flow['name'])}`
    return valueAt(task, 'run', 'await') === false ? `${called}, not waited for` : called
  }
  if (isRecord(valueAt(task, 'run', 'script'))) return 'JavaScript'
  return ''
}

function retryWords(task: Record<string, unknown>): string {
  const retry = valueAt(task, 'catch', 'retry')
  if (retry === undefined) return ''
  const count = valueAt(retry, 'limit', 'attempt', 'count')
  return count === undefined ? 'tries again' : `tries again ${text(count)} times`
}

function raiseWords(error: unknown): string {
  if (!isRecord(error)) return text(error)
  return [error['status'], error['title']].map(text).filter(Boolean).join(' ')
}

export function durationWords(duration: unknown): string {
  if (!isRecord(duration)) return bare(duration)
  return Object.entries(duration)
    .map(([unit, count]) => `${text(count)} ${unit}`)
    .join(' ')
}

/** An expression without `${` and `}`. */
export function bare(value: unknown): string {
  return text(value).replace(/^\$\{\s*([^]*?)\s*\}$/, '$1')
}

/** The value at a path; undefined if a part of the path does not exist. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isRecord(at) || Array.isArray(at) ? (at as Record<string | number, unknown>)[key] : undefined),
    value
  )
}

/** A value as text for people: empty for null and undefined, JSON for objects and lists. */
export function text(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
}

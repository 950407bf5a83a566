import { DEFAULT_ERROR_VARIABLE, DEFAULT_INDEX_VARIABLE, DEFAULT_ITEM_VARIABLE } from '../compile/scope.ts'
import { DOCUMENT_LIMITS } from '../limits.ts'
import { pointerTo } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/json.ts'
import { stringFormOf } from '../string-form.ts'
import { call } from './calls.ts'
import {
  anything,
  below,
  boolean,
  type Check,
  integer,
  list,
  type Member,
  object,
  record,
  refused,
  required,
  text
} from './combinators.ts'
import { emittedEvent, listen } from './events.ts'
import type { Lint, Place } from './findings.ts'
import { run } from './runs.ts'
import { callInput, exported, input, output } from './schema.ts'
import {
  directive,
  duration,
  errorDefinition,
  expression,
  inFullOrUsed,
  retryPolicy,
  template,
  timeoutOrName,
  variableName
} from './values.ts'

type Kind = 'call' | 'do' | 'emit' | 'for' | 'fork' | 'listen' | 'raise' | 'run' | 'set' | 'switch' | 'try' | 'wait'
const KINDS: readonly Kind[] = [
  'call',
  'for',
  'try',
  'do',
  'emit',
  'fork',
  'listen',
  'raise',
  'run',
  'set',
  'switch',
  'wait'
]
const DIRECTIVES = ['continue', 'exit', 'end']

/** The members that every task may have. */
const BASE: Readonly<Record<string, Member>> = {
  if: expression,
  input,
  output,
  export: exported,
  timeout: timeoutOrName,
  // oxlint-disable-next-line no-thenable -- the language's name for it; these objects are never awaited
  then: directive,
  metadata: record
}

/** A list of tasks: objects of one member each, whose name is the task's name. */
export const taskList: Check = (value, place, lint) => {
  if (!Array.isArray(value)) return lint.fault(place.pointer, 'Must be a list of tasks.')
  if (value.length === 0) lint.fault(place.pointer, 'Must have at least one task.')
  const names = value.map((item) =>
    isObject(item) && Object.keys(item).length === 1 ? (Object.keys(item)[0] as string) : undefined
  )
  const siblings = names.filter((name) => name !== undefined)
  value.forEach((item, index) => {
    const name = names[index]
    const at = pointerTo(place.pointer, index)
    if (name === undefined)
      return lint.fault(at, 'Must be an object of one member: the name of the task, and the task.')
    const here: Place = { ...below(place, index, name), siblings }
    taskName(name, here.pointer, lint)
    if (names.indexOf(name) < index) lint.fault(here.pointer, `There is another task "${name}" in this list.`)
    task((item as Record<string, unknown>)[name], here, lint)
  })
}

function taskName(name: string, pointer: string, lint: Lint): void {
  lint.name(name, pointer)
  if (DIRECTIVES.includes(name)) lint.fault(pointer, `"${name}" cannot name a task: in "then" it means something else.`)
}

/** One task of any kind. */
export const task: Check = (value, place, lint) => {
  if (!lint.task(place.pointer)) return
  if (!isObject(value)) return lint.fault(place.pointer, 'Must be a task: an object.')
  // `for` has a `do` as well, which is not a second kind.
  const kinds = KINDS.filter((kind) => Object.hasOwn(value, kind) && !(kind === 'do' && Object.hasOwn(value, 'for')))
  const [kind] = kinds
  if (kind === undefined)
    return lint.fault(
      place.pointer,
      `Must say what it does, by one of ${KINDS.join(', ')}; it has ${Object.keys(value).join(', ') || 'nothing'}.`
    )
  if (kinds.length > 1)
    return lint.fault(place.pointer, `Does more than one thing (${kinds.join(', ')}): make each a task of its own.`)
  KIND_CHECKS[kind](value, place, lint)
}

const withBase = (members: Readonly<Record<string, Member>>): Check => object({ ...BASE, ...members })

const set: Check = (value, place, lint) => {
  if (typeof value === 'string' && stringFormOf(value).form !== 'literal') return template(value, place, lint)
  if (!isObject(value) || Object.keys(value).length === 0)
    return lint.fault(place.pointer, 'Must be an object with at least one member, or one "${ … }".')
  template(value, place, lint)
}

const switchCases: Check = (value, place, lint) => {
  list(anything)(value, place, lint)
  if (!Array.isArray(value)) return
  if (value.length === 0) lint.fault(place.pointer, 'Must have at least one case.')
  const seen = new Set<string>()
  let fallback: string | undefined
  value.forEach((item, index) => {
    const [name, ...others] = isObject(item) ? Object.keys(item) : []
    if (name === undefined || others.length > 0)
      return lint.fault(
        pointerTo(place.pointer, index),
        'Must be an object of one member: the name of the case, and the case.'
      )
    const here = below(place, index, name)
    lint.name(name, here.pointer)
    if (seen.has(name)) lint.fault(here.pointer, `There is another case "${name}" in this switch.`)
    seen.add(name)
    const found = (item as Record<string, unknown>)[name]
    // oxlint-disable-next-line no-thenable -- as above
    object({ when: expression, then: required(directive) })(found, here, lint)
    if (!isObject(found) || Object.hasOwn(found, 'when')) return
    if (fallback !== undefined)
      lint.fault(here.pointer, `A case without "when" is the default, and "${fallback}" is that already.`)
    fallback ??= name
  })
}

const staticText: Check = (value, place, lint) => {
  text(value, place, lint)
  if (typeof value === 'string' && stringFormOf(value).form !== 'literal')
    lint.fault(place.pointer, '"with" compares with plain values: write an expression in "when" instead, about $error.')
}

const errorFilter = object({
  type: staticText,
  status: integer(100, 599),
  title: staticText,
  detail: staticText,
  instance: staticText
})

const catchClause: Check = (value, place, lint) => {
  const as = isObject(value) ? own(value, 'as') : undefined
  const inside =
    (check: Check): Check =>
    (member, at) =>
      check(member, { ...at, locals: [...at.locals, typeof as === 'string' ? as : DEFAULT_ERROR_VARIABLE] }, lint)
  object({
    errors: object({ with: errorFilter }),
    as: variableName,
    when: inside(expression),
    exceptWhen: inside(expression),
    retry: inside(inFullOrUsed(retryPolicy, 'retries', 'retry policy')),
    do: inside(taskList),
    // oxlint-disable-next-line no-thenable -- as above
    then: directive
  })(value, place, lint)
}

const forLoop: Check = (value, place, lint) => {
  const loop = isObject(value) ? own(value, 'for') : undefined
  const name = (member: string, otherwise: string): string => {
    const found = isObject(loop) ? own(loop, member) : undefined
    return typeof found === 'string' ? found : otherwise
  }
  const [each, at] = [name('each', DEFAULT_ITEM_VARIABLE), name('at', DEFAULT_INDEX_VARIABLE)]
  if (each === at) lint.fault(pointerTo(place.pointer, 'for'), `"each" and "at" have the same name "${each}".`)
  const inside =
    (check: Check): Check =>
    (member, here) =>
      check(member, { ...here, locals: [...here.locals, each, at] }, lint)
  const collection: Check = (member, here) =>
    Array.isArray(member) ? template(member, here, lint) : expression(member, here, lint)
  withBase({
    for: required(object({ each: variableName, in: required(collection), at: variableName })),
    while: inside(expression),
    do: required(inside(taskList))
  })(value, place, lint)
}

const branches: Check = (value, place, lint) => {
  taskList(value, place, lint)
  if (!Array.isArray(value)) return
  if (value.length > DOCUMENT_LIMITS.branches)
    lint.fault(place.pointer, `Must have at most ${DOCUMENT_LIMITS.branches} branches.`)
  // Branches run concurrently, so none comes after another.
  value.forEach((item, index) => {
    const [name, branch] = isObject(item) ? (Object.entries(item)[0] ?? []) : []
    const then = isObject(branch) ? own(branch, 'then') : undefined
    if (name !== undefined && typeof then === 'string' && !DIRECTIVES.includes(then)) {
      lint.fault(
        pointerTo(place.pointer, index, name, 'then'),
        'A branch runs beside the others and cannot go on to one of them: write continue, exit or end.'
      )
    }
  })
}

const KIND_CHECKS: Readonly<Record<Kind, Check>> = {
  call: (value, place, lint) => call(value, place, lint, { ...BASE, input: callInput }),
  do: withBase({ do: required(taskList) }),
  emit: withBase({ emit: required(object({ event: required(emittedEvent) })) }),
  for: forLoop,
  fork: withBase({ fork: required(object({ branches: required(branches), compete: boolean })) }),
  listen: withBase({
    listen: required(listen),
    timeout: required(timeoutOrName),
    foreach: refused('One event is listened to here: go on with it in the next task, or loop with "then".')
  }),
  raise: withBase({ raise: required(object({ error: required(inFullOrUsed(errorDefinition, 'errors', 'error')) })) }),
  run: withBase({ run: required(run) }),
  set: withBase({ set: required(set) }),
  switch: withBase({ switch: required(switchCases) }),
  try: withBase({ try: required(taskList), catch: required(catchClause) }),
  wait: withBase({ wait: required(duration) })
}

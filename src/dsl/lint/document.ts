import { pointerTo } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/json.ts'
import { isTimeZone } from '../../lib/time-zone.ts'
import { authenticationPolicy } from './authentication.ts'
import { all, type Check, list, map, matching, object, oneOf, record, refused, required, text } from './combinators.ts'
import { cronFault } from './cron.ts'
import { startingEvent } from './events.ts'
import { functionLoops } from './function-loops.ts'
import { input, output } from './schema.ts'
import { task, taskList } from './tasks.ts'
import {
  interval,
  errorDefinition,
  NAME,
  NAME_RULE,
  retryPolicy,
  SEMANTIC_VERSION,
  timeout,
  timeoutOrName
} from './values.ts'

/** `metadata.timeZone` is the time zone of the schedule. */
const timeZoneOf: Check = (value, place, lint) => {
  const zone = isObject(value) ? own(value, 'timeZone') : undefined
  if (zone !== undefined && !(typeof zone === 'string' && isTimeZone(zone)))
    lint.fault(pointerTo(place.pointer, 'timeZone'), 'Must be the name of a time zone, such as "Europe/Berlin".')
}

const header = object({
  dsl: required(matching(/^1\.0\.[0-3]$/, 'Must be a version of the DSL that runs here, as text: "1.0.0" to "1.0.3".')),
  namespace: required(matching(NAME, NAME_RULE)),
  name: required(matching(NAME, NAME_RULE)),
  version: required(matching(SEMANTIC_VERSION, 'Must be a semantic version such as "1.0.0".')),
  title: text,
  summary: text,
  tags: record,
  metadata: all(record, timeZoneOf)
})

const secretNames: Check = (value, place, lint) => {
  list((name, at) => {
    text(name, at, lint)
    if (typeof name === 'string') lint.name(name, at.pointer)
  })(value, place, lint)
  if (Array.isArray(value))
    value.forEach((name, index) => {
      if (value.indexOf(name) < index)
        lint.fault(pointerTo(place.pointer, index), `The secret ${JSON.stringify(name)} is named twice.`)
    })
}

const BUILT_IN_CALLS = ['http', 'openapi', 'grpc', 'asyncapi', 'a2a', 'mcp']

const functions: Check = (value, place, lint) => {
  if (isObject(value))
    for (const name of BUILT_IN_CALLS)
      if (Object.hasOwn(value, name))
        lint.fault(pointerTo(place.pointer, name), `"${name}" is a call of the language: choose another name.`)
  map((definition, at) => task(definition, { ...at, locals: [], siblings: [] }, lint))(value, place, lint)
  functionLoops(value, place, lint)
}

const use = object({
  authentications: map(authenticationPolicy),
  errors: map(errorDefinition),
  functions,
  retries: map(retryPolicy),
  secrets: secretNames,
  timeouts: map(timeout),
  extensions: refused('Extensions are not run here: put the tasks where they belong, or into use.functions.'),
  catalogs: refused(
    'Catalogs are not fetched: define functions in use.functions, or make them flows and use "run: workflow".'
  )
})

const cron: Check = (value, place, lint) => {
  const fault = typeof value === 'string' ? cronFault(value) : 'Must be text.'
  if (fault !== undefined) lint.fault(place.pointer, fault)
}

const schedule: Check = (value, place, lint) => {
  object({
    cron,
    every: interval,
    after: interval,
    on: startingEvent,
    read: refused('A flow that an event starts has the whole event as its input: take from it in input.from.')
  })(value, place, lint)
  if (
    isObject(value) &&
    ['cron', 'every', 'after', 'on'].filter((member) => Object.hasOwn(value, member)).length !== 1
  ) {
    lint.fault(place.pointer, 'Must have one of cron, every, after, on.')
  }
}

const evaluate: Check = (value, place, lint) => {
  object({
    language: oneOf('jq'),
    mode: (mode, at) => {
      if (mode === 'loose')
        lint.fault(
          at.pointer,
          'Loose mode is not run here, because it would evaluate text that arrives as data: ' +
            'leave "mode" out and write "${ … }" around expressions.'
        )
      else oneOf('strict')(mode, at, lint)
    }
  })(value, place, lint)
  if (isObject(value) && own(value, 'language') === 'js')
    lint.fault(pointerTo(place.pointer, 'language'), 'For JavaScript use "run: script".')
}

/** The whole document. */
export const flowDocument: Check = all(
  object({
    document: required(header),
    input,
    use,
    do: required(taskList),
    timeout: timeoutOrName,
    output,
    schedule,
    evaluate
  })
)

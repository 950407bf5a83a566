import { DEFAULT_ERROR_VARIABLE } from '../compile/scope.ts'
import { DURATION_UNITS, durationMs } from '../duration.ts'
import { LEAST_INTERVAL_MS } from '../limits.ts'
import { stringFormOf } from '../string-form.ts'
import { uriTemplateFault } from '../uri-template.ts'
import { all, type Check, matching, object, required } from './combinators.ts'

/** A field that holds an expression; `${ }` is optional. */
export const expression: Check = (value, place, lint) => lint.expression(value, place)

/** Any data, with `${ … }` in its strings. */
export const template: Check = (value, place, lint) => lint.template(value, place)

/** A text, or an expression that gives one. */
export const textTemplate: Check = (value, place, lint) => {
  if (typeof value !== 'string') lint.fault(place.pointer, 'Must be text or one "${ … }".')
  else lint.template(value, place)
}

/** `input.from`, `output.as`, `export.as`: an expression, or an object with expressions in it. */
export const transform: Check = (value, place, lint) =>
  typeof value === 'string' ? lint.expression(value, place) : template(value, place, lint)

export const duration: Check = (value, place, lint) => {
  if (typeof value === 'string' && stringFormOf(value).form !== 'literal') return lint.template(value, place)
  if (durationMs(value) === undefined) {
    lint.fault(
      place.pointer,
      'Must be a duration of at most ten years: ISO 8601 from weeks to seconds such as "PT30S", ' +
        `or an object with whole numbers for ${DURATION_UNITS.join(', ')}.`
    )
  }
}

/** The interval of a schedule. It must be a literal, because there is no data to compute it from. */
export const interval: Check = (value, place, lint) => {
  if (typeof value === 'string' && stringFormOf(value).form !== 'literal')
    return lint.fault(
      place.pointer,
      'A schedule has no data for an expression: write the duration, such as "PT15M", or use "cron".'
    )
  const before = lint.faults.length
  duration(value, place, lint)
  if (lint.faults.length === before && (durationMs(value) ?? 0) < LEAST_INTERVAL_MS)
    lint.fault(place.pointer, `The least interval of a schedule is ${LEAST_INTERVAL_MS} milliseconds.`)
}

/** A text with `{name}` places and no expression inside. */
const uriTemplate: Check = (value, place, lint) => {
  if (typeof value !== 'string' || value.trim() === '') return lint.fault(place.pointer, 'Must be a URI.')
  if (value.includes('${'))
    return lint.fault(
      place.pointer,
      'A URI cannot have "${ … }" inside: put {name} there, for a top-level key of the task\'s input, ' +
        'or write the whole URI as one expression such as ${ "https://example.com/\\(.id)" }.'
    )
  const fault = uriTemplateFault(value)
  if (fault !== undefined) lint.fault(place.pointer, fault)
}

/** The endpoint of a call: an absolute http(s) URI with `{name}` places, or one expression. */
export const callUri: Check = (value, place, lint) => {
  if (typeof value === 'string' && stringFormOf(value).form === 'expression') return lint.template(value, place)
  const before = lint.faults.length
  uriTemplate(value, place, lint)
  if (lint.faults.length === before) absoluteHttp(value as string, place, lint)
}

/** A URI that is known when the flow is saved. */
export const literalUri: Check = (value, place, lint) => {
  if (typeof value !== 'string' || value.includes('{'))
    return lint.fault(
      place.pointer,
      'Must be a plain URI: it is fetched when the flow is saved, so it cannot depend on data.'
    )
  absoluteHttp(value, place, lint)
}

function absoluteHttp(uri: string, place: Parameters<Check>[1], lint: Parameters<Check>[2]): void {
  const filled = uri.replaceAll(/\{[^}]*\}/g, '0')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(filled)?.[1]?.toLowerCase()
  if (scheme === 'file')
    return lint.fault(place.pointer, 'Files cannot be read: put the data behind an https: address.')
  if (scheme !== 'http' && scheme !== 'https')
    return lint.fault(place.pointer, 'Must be an absolute http: or https: URI.')
  const url = URL.parse(filled)
  if (url === null) return lint.fault(place.pointer, 'Is not a URI.')
  if (url.username !== '' || url.password !== '')
    lint.fault(place.pointer, 'A user name does not belong in a URI: use "authentication" with basic.')
}

/** A name that a section of `use` defines. */
export const usedName =
  (sort: string, what: string): Check =>
  (value, place, lint) => {
    if (!lint.used(sort).includes(value as string))
      lint.fault(place.pointer, `There is no ${what} ${JSON.stringify(value)} in use.${sort}.`)
  }

/** A definition in place, or the name of one in `use`. */
export const inFullOrUsed = (check: Check, sort: string, what: string): Check => {
  const named = usedName(sort, what)
  return (value, place, lint) => (typeof value === 'string' ? named : check)(value, place, lint)
}

export const timeout: Check = object({ after: required(duration) })
export const timeoutOrName = inFullOrUsed(timeout, 'timeouts', 'timeout')

/** A `then`: a directive, or the name of a sibling. */
export const directive: Check = (value, place, lint) => {
  if (['continue', 'exit', 'end'].includes(value as string) || place.siblings.includes(value as string)) return
  const siblings = place.siblings.length === 0 ? '' : `, or a task of the same list: ${place.siblings.join(', ')}`
  lint.fault(place.pointer, `${JSON.stringify(value)} leads nowhere: write continue, exit or end${siblings}.`)
}

/** A name that becomes a variable of expressions. */
export const variableName: Check = all(
  matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Must be a variable name without the $: letters, digits and _.'),
  (value, place, lint) => {
    if (typeof value !== 'string') return
    lint.name(value, place.pointer)
    if (
      [
        'context',
        'input',
        'output',
        'task',
        'workflow',
        'runtime',
        'secrets',
        'authorization',
        'ENV',
        '__loc__',
        '__prog_args'
      ].includes(value)
    ) {
      lint.fault(place.pointer, `$${value} has a meaning of its own: choose another name.`)
    }
  }
)

/** A URI with `{name}` places for keys of the task's input, or an expression that gives the whole URI. */
const errorType: Check = (value, place, lint) => {
  textTemplate(value, place, lint)
  if (typeof value !== 'string' || stringFormOf(value).form !== 'literal') return
  const fault = uriTemplateFault(value)
  if (fault !== undefined) lint.fault(place.pointer, fault)
}

const error = {
  type: required(errorType),
  status: required(((value, place, lint) => {
    if (typeof value === 'string' && stringFormOf(value).form === 'expression') return lint.template(value, place)
    if (!Number.isInteger(value) || (value as number) < 100 || (value as number) > 599)
      lint.fault(place.pointer, 'Must be an HTTP status from 100 to 599.')
  }) satisfies Check),
  title: textTemplate,
  detail: textTemplate,
  instance: textTemplate
}

/** An error that `raise` makes. */
export const errorDefinition: Check = object(error)

const emptyObject: Check = object({})

export const retryPolicy: Check = (value, place, lint) => {
  const onError: Check = (condition, at) =>
    expression(condition, { ...at, locals: [...at.locals, DEFAULT_ERROR_VARIABLE] }, lint)
  object({
    when: onError,
    exceptWhen: onError,
    delay: duration,
    backoff: (backoff, at) => {
      object({ constant: emptyObject, linear: emptyObject, exponential: emptyObject })(backoff, at, lint)
      if (typeof backoff === 'object' && backoff !== null && Object.keys(backoff).length !== 1)
        lint.fault(at.pointer, 'Must have one of constant, linear, exponential.')
    },
    limit: object({ attempt: object({ count: wholeCount, duration }), duration }),
    jitter: object({ from: required(duration), to: required(duration) })
  })(value, place, lint)
}

const wholeCount: Check = (value, place, lint) => {
  if (!Number.isInteger(value) || (value as number) < 0) lint.fault(place.pointer, 'Must be a whole number, 0 or more.')
}

/** Namespaces and names of flows: DNS labels (DSL 1.0.3). */
export const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/
export const NAME_RULE = 'Must be 1 to 63 letters, digits and inner hyphens.'

/** Semantic versioning 2.0.0. */
export const SEMANTIC_VERSION =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/

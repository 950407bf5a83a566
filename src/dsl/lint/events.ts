import { isObject } from '../../lib/json.ts'
import { stringFormOf } from '../string-form.ts'
import { below, type Check, map, object, record, refused, required } from './combinators.ts'
import { expression, template, textTemplate } from './values.ts'

const EMITTED = /^[a-z0-9]{1,20}$/
const RECEIVED = /^(?:[a-z0-9]{1,20}|data_base64)$/
const NOT_AN_ATTRIBUTE = 'A CloudEvents attribute is named by 1 to 20 lower-case letters and digits.'

/** The attributes that an emitted event has. */
export const emittedEvent: Check = object({
  with: required((value, place, lint) => {
    record(value, place, lint)
    if (!isObject(value)) return
    for (const [attribute, given] of Object.entries(value)) {
      const at = below(place, attribute)
      if (!EMITTED.test(attribute)) lint.fault(at.pointer, NOT_AN_ATTRIBUTE)
      else if (attribute === 'data') template(given, at, lint)
      else if (typeof given === 'string') textTemplate(given, at, lint)
      else if (typeof given === 'object')
        lint.fault(at.pointer, 'Must be text, a number or a boolean: only "data" can hold more.')
    }
    if (!Object.hasOwn(value, 'type')) lint.fault(place.pointer, '"type" is missing.')
  })
})

/** `with` of a filter: for each attribute a literal, or an expression over it. */
const attributes: Check = (value, place, lint) => {
  record(value, place, lint)
  if (!isObject(value)) return
  if (Object.keys(value).length === 0) lint.fault(place.pointer, 'Must name at least one attribute, such as "type".')
  for (const [attribute, wanted] of Object.entries(value)) {
    const at = below(place, attribute)
    if (!RECEIVED.test(attribute)) lint.fault(at.pointer, NOT_AN_ATTRIBUTE)
    else if (typeof wanted === 'string') textTemplate(wanted, at, lint)
    else if (attribute !== 'data' && (typeof wanted === 'object' || wanted === undefined))
      lint.fault(at.pointer, 'Must be text, a number, a boolean or one "${ … }": only "data" can hold more.')
    else if (holdsExpression(wanted))
      lint.fault(at.pointer, 'Must be plain data, or one "${ … }" over the whole data, such as ${ .amount > 5 }.')
  }
}

function holdsExpression(value: unknown): boolean {
  if (typeof value === 'string') return stringFormOf(value).form !== 'literal'
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsExpression)
}

const correlation: Check = object({
  from: required((value, place, lint) => expression(value, { ...place, bare: true }, lint)),
  expect: required(template)
})

const SEVERAL = 'One event is listened to here: write "one", and a task for each further event.'

const strategy =
  (others: string, filter: Check): Check =>
  (value, place, lint) => {
    const isOther = isObject(value) && ['any', 'all', 'until'].some((name) => Object.hasOwn(value, name))
    // The fault of the other member says what to write instead.
    const one = isOther ? filter : required(filter)
    object({ one, any: refused(others), all: refused(others), until: refused(others) })(value, place, lint)
  }

/** The `listen` member of a task. */
export const listen: Check = object({
  to: required(strategy(SEVERAL, object({ with: required(attributes), correlate: map(correlation) }))),
  read: (value, place, lint) => {
    if (!['data', 'envelope', 'raw'].includes(value as string))
      lint.fault(place.pointer, 'Must be one of data, envelope, raw.')
  }
})

const ONE_START =
  'One kind of event starts a flow here: write "one", and for others a flow each that runs this one by "run: workflow".'

/** `schedule.on`: the events that start the flow. Its expressions can read only the event. */
export const startingEvent: Check = (value, place, lint) =>
  strategy(
    ONE_START,
    object({
      with: required(attributes),
      correlate: refused('A flow that starts has nothing to agree with yet: put the condition into "with".')
    })
  )(value, { ...place, bare: true }, lint)

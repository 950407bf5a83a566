import { isObject } from '../../lib/json.ts'
import { pointerSteps, pointerTo } from '../../lib/json-pointer.ts'
import type { Lint, Place } from './findings.ts'

/**
 * Checks one value of a document and reports its faults. Continues after a fault where it can, so that all faults show
 * at once.
 */
export type Check = (value: unknown, place: Place, lint: Lint) => void

/** A member of an object: its check, whether it is required, or why it is refused. */
export type Member = Check | { readonly required: Check } | { readonly refused: string }

export const required = (check: Check): Member => ({ required: check })

/** For members of the language that do not run here. The message names an alternative. */
export const refused = (message: string): Member => ({ refused: message })

export const anything: Check = () => undefined

export const text: Check = (value, place, lint) => {
  if (typeof value !== 'string') lint.fault(place.pointer, 'Must be text.')
  else if (value === '') lint.fault(place.pointer, 'Must not be empty.')
}

export const boolean: Check = (value, place, lint) => {
  if (typeof value !== 'boolean') lint.fault(place.pointer, 'Must be true or false.')
}

export const record: Check = (value, place, lint) => {
  if (!isObject(value)) lint.fault(place.pointer, 'Must be an object.')
}

export const integer =
  (min: number, max: number): Check =>
  (value, place, lint) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
      lint.fault(place.pointer, `Must be a whole number from ${min} to ${max}.`)
  }

export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, place, lint) => {
    if (!allowed.includes(value as string)) lint.fault(place.pointer, `Must be one of ${allowed.join(', ')}.`)
  }

export const matching =
  (pattern: RegExp, message: string): Check =>
  (value, place, lint) => {
    if (typeof value !== 'string' || !pattern.test(value)) lint.fault(place.pointer, message)
  }

export const all =
  (...checks: readonly Check[]): Check =>
  (value, place, lint) => {
    for (const check of checks) check(value, place, lint)
  }

export const list =
  (check: Check): Check =>
  (value, place, lint) => {
    if (!Array.isArray(value)) lint.fault(place.pointer, 'Must be a list.')
    else value.forEach((item, index) => check(item, below(place, index), lint))
  }

/** An object whose member names are data, with one check for all members. */
export const dictionary =
  (check: Check): Check =>
  (value, place, lint) => {
    if (!isObject(value)) return lint.fault(place.pointer, 'Must be an object.')
    for (const [name, member] of Object.entries(value)) check(member, below(place, name), lint)
  }

/** An object whose member names the author chooses, and to which other places of the document refer. */
export const map = (check: Check): Check =>
  dictionary((member, place, lint) => {
    lint.name(pointerSteps(place.pointer).at(-1) ?? '', place.pointer)
    check(member, place, lint)
  })

/** An object with these members and no others. */
export const object =
  (members: Readonly<Record<string, Member>>): Check =>
  (value, place, lint) => {
    if (!isObject(value)) return lint.fault(place.pointer, 'Must be an object.')
    for (const [name, member] of Object.entries(members)) {
      const here = Object.hasOwn(value, name)
      if (!here) {
        if ('required' in member) lint.fault(place.pointer, `"${name}" is missing.`)
      } else if ('refused' in member) {
        lint.fault(pointerTo(place.pointer, name), member.refused)
      } else {
        const check = 'required' in member ? member.required : member
        check(value[name], below(place, name), lint)
      }
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(members, name))
        lint.fault(
          pointerTo(place.pointer, name),
          `"${name}" is not known here: ${suggestion(name, Object.keys(members))}.`
        )
    }
  }

/** The place of a member, by the steps to it. */
export function below(place: Place, ...steps: readonly (string | number)[]): Place {
  return { ...place, pointer: pointerTo(place.pointer, ...steps) }
}

function suggestion(name: string, known: readonly string[]): string {
  const near = known.find(
    (other) => other.toLowerCase() === name.toLowerCase() || other.startsWith(name) || name.startsWith(other)
  )
  return near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"`
}

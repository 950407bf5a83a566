import { isNumber } from '../../../../lib/exact-number.ts'
import { charge, handOver, raise, RaisedValue } from '../run.ts'
import { describe } from '../text.ts'
import { isTrue, number, typeOf } from '../values.ts'
import type { Value0 } from './signature.ts'

// Two different texts of up to 15 significant digits are two different doubles.
const DECIMAL = /^-?([0-9]+)(?:\.([0-9]+))?$/
const MAX_DIGITS = 15

const none: Record<string, Value0> = {
  not: (input) => !isTrue(input),
  type: (input) => typeOf(input),
  floor: (input) => number(Math.floor(numeric(input))),
  ceil: (input) => number(Math.ceil(numeric(input))),
  trunc: (input) => number(Math.trunc(numeric(input))),
  sqrt: (input) => number(Math.sqrt(numeric(input))),
  round: (input) => number(roundAway(numeric(input))),
  abs: (input) => Math.abs(numeric(input)),
  tonumber: (input, run) => {
    if (isNumber(input)) return input
    if (typeof input !== 'string') return raise(() => `${describe(input, run)} cannot be parsed as a number`)
    charge(run, 1)
    const [match, whole, fraction = ''] = DECIMAL.exec(input) ?? []
    if (match === undefined || whole === undefined)
      return /^[a-zA-Z]|^$/.test(input) && !/^(?:nan|inf)/i.test(input) ? raise() : handOver()
    if (whole.length + fraction.length > MAX_DIGITS) return handOver()
    const value = number(Number(input))
    if (String(value) !== input) run.keepsDigits = true
    return value
  },
  error: (input) => {
    throw new RaisedValue(input)
  }
}

/** Functions of a single value: types, booleans, numbers. */
export const scalars = { none }

function numeric(input: unknown): number {
  return typeof input === 'number' ? input : handOver()
}

/** Rounds halves away from zero, unlike Math.round. */
function roundAway(value: number): number {
  const whole = Math.trunc(value)
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole
}

/** The largest exponent that jq keeps. A number beyond it becomes the largest double, or zero. */
const MAX_EXPONENT = 999_999_999
/** Numbers below this power of ten are written with an exponent, as JavaScript and jq do. */
const MIN_PLAIN_EXPONENT = -6

const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/

// TypeScript's library does not declare it yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/**
 * A number that is not equal to any double: an id or amount with too many digits, or with an exponent beyond the range
 * of doubles. Every other number of a JSON text is a plain `number`.
 *
 * Values with the same digits and exponent have the same text. `JSON.stringify` writes it as the number that it is.
 */
export class ExactNumber {
  /**
   * The number with the digits as given. Written without an exponent if that is 0 or makes a short fraction; else as
   * `d.ddde+NN`.
   */
  readonly text: string

  /** Use {@link exactNumber} instead, which checks whether a double is enough. */
  constructor(text: string) {
    this.text = text
  }

  /** The nearest double; infinite beyond the range of doubles. */
  toDouble(): number {
    return Number(this.text)
  }

  toString(): string {
    return this.text
  }

  toJSON(): unknown {
    return rawJSON(this.text)
  }
}

/** A number without its notation: `0.digits × 10^exponent`; no digits for zero. */
interface Decimal {
  readonly negative: boolean
  /** Without leading and trailing zeros. */
  readonly digits: string
  readonly exponent: number
}

/**
 * The value of a number's text: a double if one is equal to it, else an `ExactNumber`.
 * @param text a number in the syntax of JSON; leading zeros, and exponents such as `E+400` as jq writes them, are
 *   accepted too
 */
export function exactNumber(text: string): number | ExactNumber {
  const double = Number(text)
  // The common case: text that JavaScript itself would write.
  if (String(double) === text) return double
  const given = read(text)
  if (given.value.digits === '') return double
  if (Number.isFinite(double) && sameDecimal(given.value, read(String(double)).value)) return double
  if (given.value.exponent - 1 > MAX_EXPONENT) return given.value.negative ? -Number.MAX_VALUE : Number.MAX_VALUE
  if (given.value.exponent - 1 < -MAX_EXPONENT) return 0
  return new ExactNumber(write(given))
}

/** Whether a value is a number, of whichever kind. */
export function isNumber(value: unknown): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber
}

/** The double of a number; the nearest one if none is equal. */
export function toDouble(value: number | ExactNumber): number {
  return typeof value === 'number' ? value : value.toDouble()
}

/** Returns JSON data with the nearest double in place of each `ExactNumber`, for code that only knows doubles. */
export function withDoubles(value: unknown): unknown {
  if (value instanceof ExactNumber) return value.toDouble()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const doubles = value.map(withDoubles)
    return doubles.some((member, index) => member !== value[index]) ? doubles : value
  }
  const entries = Object.entries(value)
  const doubles = entries.map(([, member]) => withDoubles(member))
  if (doubles.every((member, index) => member === entries[index]?.[1])) return value
  return Object.fromEntries(entries.map(([key], index) => [key, doubles[index]]))
}

/** The text of a string, number or boolean for a URL or a header; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'boolean' || isNumber(value) ? String(value) : undefined
}

/**
 * Compares all digits. Returns a negative number, zero or a positive number if the first is smaller, equal or larger.
 */
export function compareExact(left: ExactNumber, right: ExactNumber): number {
  if (left.text === right.text) return 0
  const a = read(left.text).value
  const b = read(right.text).value
  if (a.negative !== b.negative) return a.negative ? -1 : 1
  const size = a.exponent - b.exponent || (a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1)
  return a.negative ? -size : size
}

interface Reading {
  readonly value: Decimal
  /** The digits without leading zeros, and the power of ten of the last digit. */
  readonly digits: string
  readonly scale: number
}

function read(text: string): Reading {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
  const digits = withoutLeadingZeros(whole + fraction)
  const scale = Number(exponent) - fraction.length
  return { digits, scale, value: { negative: sign === '-', digits: trimEnd(digits), exponent: digits.length + scale } }
}

/** Writes a number as jq writes a literal, but with a lower-case `e`. */
function write({ digits, scale, value: { negative, exponent } }: Reading): string {
  const sign = negative ? '-' : ''
  if (scale === 0) return sign + digits
  if (scale < 0 && exponent > 0) return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`
  if (scale < 0 && exponent - 1 >= MIN_PLAIN_EXPONENT) return `${sign}0.${'0'.repeat(-exponent)}${digits}`
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${sign}${digits.slice(0, 1)}${fraction}e${exponent > 0 ? '+' : ''}${exponent - 1}`
}

function sameDecimal(a: Decimal, b: Decimal): boolean {
  return a.negative === b.negative && a.digits === b.digits && a.exponent === b.exponent
}

function withoutLeadingZeros(digits: string): string {
  let from = 0
  while (digits.charCodeAt(from) === 0x30) from++
  return digits.slice(from)
}

/** Not a regular expression, which would start again at each zero of a long number. */
function trimEnd(digits: string): string {
  let to = digits.length
  while (digits.charCodeAt(to - 1) === 0x30) to--
  return digits.slice(0, to)
}

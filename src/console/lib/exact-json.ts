// Browsers have this, but TypeScript's types do not yet: https://tc39.es/proposal-json-parse-with-source/
type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown
const { rawJSON } = JSON as unknown as { rawJSON?: (text: string) => unknown }

/** A number that no double is equal to, with all of its digits. `JSON.stringify` writes it as it was. */
export class ExactNumber {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The number as an integer; undefined if it has a fraction or an exponent. */
  get integer(): bigint | undefined {
    return /^-?\d+$/.test(this.#text) ? BigInt(this.#text) : undefined
  }

  toString(): string {
    return this.#text
  }

  toJSON(): unknown {
    return rawJSON ? rawJSON(this.#text) : Number(this.#text)
  }
}

/** A text that may contain such a number: 16 digits or more, or an exponent of three digits. */
const MAY_BE_LONG = /\d[\d.]{15}|\d[eE][-+]?\d{3}/

/**
 * Parses a JSON text without losing a digit: a number that no double is equal to becomes an {@link ExactNumber}. A
 * browser that does not know the source of a number rounds it, as `JSON.parse` does.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJson(text: string): unknown {
  return MAY_BE_LONG.test(text)
    ? JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown)
    : JSON.parse(text)
}

const keepDigits: Reviver = (_key, value, context) =>
  typeof value === 'number' && context?.source !== undefined && digitsOf(context.source) !== digitsOf(String(value))
    ? new ExactNumber(context.source)
    : value

/** The significant digits and the position of the point: the same for every way to write a number. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return whole === '' ? text : '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

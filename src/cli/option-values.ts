import { InvalidArgumentError } from 'commander'

/** For options that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** @throws InvalidArgumentError unless the text is a whole number */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** Calls in a number of seconds, such as `100/60`. @throws InvalidArgumentError */
export function rate(text: string): { limit: number; windowSeconds: number } {
  const match = /^(\d{1,10})\/(\d{1,6})$/.exec(text)
  if (!match) throw new InvalidArgumentError('It must be calls/seconds, such as 100/60.')
  return { limit: Number(match[1]), windowSeconds: Number(match[2]) }
}

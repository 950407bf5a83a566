import { charge, type Run } from './run.ts'
import { textSteps } from './values.ts'

/** The pieces between the separators; with an empty separator each code point, and of an empty text nothing. */
export function splitText(text: string, separator: string, run: Run): string[] {
  charge(run, textSteps(text))
  if (text === '') return []
  const pieces = separator === '' ? [...text] : text.split(separator)
  charge(run, pieces.length)
  return pieces
}

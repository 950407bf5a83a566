import { Buffer } from 'node:buffer'
import { charge, type Run } from './run.ts'
import { toJson, toText } from './text.ts'
import { textSteps } from './values.ts'

type Formatter = (value: unknown, run: Run) => string

const FORMATS: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ['text', toText],
  ['json', toJson],
  ['base64', (value, run) => Buffer.from(paid(toText(value, run), run), 'utf8').toString('base64')],
  [
    'uri',
    (value, run) =>
      encodeURIComponent(paid(toText(value, run), run)).replace(
        /[!'()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
      )
  ]
])

/** How `@name` writes a value, or undefined for the formats that are left to jq. */
export function formatter(name: string): Formatter | undefined {
  return FORMATS.get(name)
}

function paid(text: string, run: Run): string {
  charge(run, textSteps(text))
  return text
}

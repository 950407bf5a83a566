import type { Run } from './run.ts'
import { toJson, toText } from './text.ts'

type Formatter = (value: unknown, run: Run) => string

const FORMATS: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ['text', toText],
  ['json', toJson],
])

/** How `@name` writes a value, or undefined for the formats that are left to jq. */
export function formatter(name: string): Formatter | undefined {
  return FORMATS.get(name)
}

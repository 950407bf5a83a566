import { stringify } from 'yaml'
import type { Flow } from '../api/types.ts'
import { readText } from './text/read-text.ts'

const LINE_WIDTH = 100

/** A flow as YAML: the saved text, or, if it was saved as JSON, a new text for its document. */
export function yamlOf({ source, document }: Pick<Flow, 'source' | 'document'>): string {
  return source.type === 'application/yaml' ? source.text : stringify(document, { lineWidth: LINE_WIDTH })
}

export interface Fault {
  message: string
  /** Counted from 1; undefined if the place is unknown. */
  line?: number | undefined
  column?: number | undefined
  pointer?: string | undefined
}

/** The faults of a text as YAML. */
export function syntaxFaults(text: string): Fault[] {
  return [...readText(text).errors]
}

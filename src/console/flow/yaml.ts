import { stringify } from 'yaml'
import type { Flow } from '../api/types.ts'
import { readText } from './text/read-text.ts'

const LINE_WIDTH = 100

/** A flow as YAML: the text that was saved; one that was saved as JSON is written anew. */
export function yamlOf({ source, document }: Pick<Flow, 'source' | 'document'>): string {
  return source.type === 'application/yaml' ? source.text : stringify(document, { lineWidth: LINE_WIDTH })
}

export interface Fault {
  message: string
  /** From 1; undefined where the place is unknown. */
  line?: number | undefined
  column?: number | undefined
  pointer?: string | undefined
}

/** What is wrong with a text as YAML, before it is anything else. */
export function syntaxFaults(text: string): Fault[] {
  return [...readText(text).errors]
}

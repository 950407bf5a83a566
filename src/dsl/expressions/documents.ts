import { parseJson } from '../../lib/exact-json.ts'
import type { ValueFault } from '../json-schema/validator.ts'
import type { DocumentFault } from '../parse.ts'
import { ExpressionError, type SyntaxFault } from './expression.ts'
import type { JobContext } from './owner.ts'
import type { Work } from './pool/job.ts'
import { ProgramLane } from './pool/lane.ts'
import type { Pool } from './pool/pool.ts'

/** A document as it was read from a text. */
export interface ReadDocument {
  /** JSON data; undefined where the text has faults that leave no data. */
  document: unknown
  faults: DocumentFault[]
}

export interface Position {
  line: number
  column: number
}

/** Reads documents and checks schemas and values on the threads of the pool, because that may take long. */
export interface DocumentChecks {
  /**
   * The fault of a JSON Schema; undefined where there is none.
   * @throws (rejects with) ExpressionError `busy` or `aborted`: the schema was not checked.
   */
  checkSchema(schema: unknown, context: JobContext): Promise<SyntaxFault | undefined>
  /**
   * Checks values against one JSON Schema: the faults of a value, undefined where there are none.
   * @throws (rejects with) ExpressionError
   */
  schema(schema: unknown): (value: unknown, context: JobContext) => Promise<ValueFault[] | undefined>
  /**
   * Reads a document from text. An unreadable text is a fault.
   * @throws (rejects with) ExpressionError `busy` or `aborted`: the text was not read.
   */
  read(text: string, format: 'json' | 'yaml', context: JobContext): Promise<ReadDocument>
  /** The positions of pointers in a text that was read; undefined for one without a position. */
  locate(
    text: string,
    format: 'json' | 'yaml',
    pointers: readonly string[],
    context: JobContext
  ): Promise<(Position | undefined)[]>
}

export function createDocumentChecks(pool: Pool): DocumentChecks {
  /** The JSON of a check's result, or its fault. */
  const check = async (work: Work, context: JobContext): Promise<{ text: string } | { fault: SyntaxFault }> => {
    try {
      return { text: await pool.run(work, new ProgramLane('checks'), context) }
    } catch (error) {
      if (!(error instanceof ExpressionError) || error.kind === 'aborted' || error.kind === 'busy') throw error
      return { fault: { message: error.message } }
    }
  }

  return {
    async checkSchema(schema, context) {
      const outcome = await check({ kind: 'schema', schema: JSON.stringify(schema) }, context)
      return 'fault' in outcome ? outcome.fault : undefined
    },
    schema(schema) {
      const lane = new ProgramLane()
      const text = JSON.stringify(schema)
      return async (value, context) => {
        const work: Work = { kind: 'validate', schema: text, value: JSON.stringify(value) ?? 'null' }
        return (JSON.parse(await pool.run(work, lane, context)) as ValueFault[] | null) ?? undefined
      }
    },
    async read(text, format, context) {
      const outcome = await check({ kind: 'read', text, format }, context)
      if ('fault' in outcome)
        return {
          document: undefined,
          faults: [{ pointer: '', message: `The document cannot be read: ${outcome.fault.message}.` }]
        }
      return parseJson(outcome.text) as ReadDocument
    },
    async locate(text, format, pointers, context) {
      const outcome = await check({ kind: 'locate', text, format, pointers }, context)
      if ('fault' in outcome) return pointers.map(() => undefined)
      return (JSON.parse(outcome.text) as (Position | null)[]).map((position) => position ?? undefined)
    }
  }
}

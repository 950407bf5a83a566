import type { Egress } from '../platform/egress/index.ts'
import { ExpressionError, type Expressions } from '../dsl/expressions/expressions.ts'
import {
  compileFlow,
  lintDocument,
  parseDocumentInSlices,
  type DocumentFault,
  type FlowDocument
} from '../dsl/index.ts'
import { Fault, type FieldFault } from '../lib/fault.ts'
import { faultOfText, textFaults } from '../lib/unicode.ts'
import { pinOpenApi, type PinnedOpenApi } from './pin-openapi.ts'

/** Finds the line and column of a JSON Pointer in the text that a document was read from. */
export type Locate = (pointer: string) => { line: number; column: number } | undefined

/** The text of a document, as its author wrote it. */
export interface DocumentSource {
  type: 'application/json' | 'application/yaml'
  text: string
}

/** A document that is not validated yet. `locate` and `source` are there where it was read from text. */
export interface Draft {
  document: unknown
  locate?: Locate | undefined
  source?: DocumentSource | undefined
}

export interface CheckDeps {
  expressions: Expressions
  egress: Egress
}

/** A valid document, with the current text of the OpenAPI documents that it calls. */
export interface CheckedDocument {
  document: FlowDocument
  openapi: PinnedOpenApi
}

/**
 * Parses the text of a document.
 * @throws (rejects) Fault `validation_failed` with every fault of the text, each with line and column
 */
export async function readDraft(source: DocumentSource): Promise<Draft> {
  const { text, type } = source
  const fault = faultOfText(text)
  if (fault !== undefined) throw invalid([{ pointer: '', message: fault }])
  const { document, faults, locate } = await parseDocumentInSlices(text, type === 'application/json' ? 'json' : 'yaml')
  const all = [...faults, ...textFaults(document).map((fault) => ({ ...fault, ...locate(fault.pointer) }))]
  if (all.length > 0) throw invalid(all)
  return { document, locate, source }
}

/**
 * Validates a document. The documents that it names by URL are fetched once everything else is valid.
 * @param source `locate` for a document that was text; `at`, the JSON Pointer that faults are relative to, for one
 * inside a larger body
 * @throws Fault `validation_failed` with every fault at once
 */
export async function checkDocument(
  { expressions, egress }: CheckDeps,
  document: unknown,
  source: { locate?: Locate | undefined; at?: string } = {}
): Promise<CheckedDocument> {
  const { locate, at = '' } = source
  const refuse = (faults: readonly DocumentFault[]): void => {
    if (faults.length > 0)
      throw invalid(faults.map((fault) => ({ ...fault, ...locate?.(fault.pointer), pointer: at + fault.pointer })))
  }
  refuse(textFaults(document))
  refuse(await lint(document, expressions))
  const checked = document as FlowDocument
  const { openapi, faults } = await pinOpenApi(egress, checked)
  refuse(faults)
  // A document that does not compile must not be saved: it would fail at the first call of a listener.
  compileFlow(checked, expressions, { openapi })
  return { document: checked, openapi }
}

function invalid(errors: readonly FieldFault[]): Fault {
  return new Fault('validation_failed', {
    why: 'flow_document',
    detail: 'The document is not a flow that can run here.',
    errors
  })
}

/** A busy machine says nothing about the document. @throws (rejects with) Fault `unavailable` */
async function lint(document: unknown, expressions: Expressions): Promise<readonly DocumentFault[]> {
  try {
    return await lintDocument(document, expressions)
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.kind !== 'busy') throw error
    throw new Fault('unavailable', { why: error.message, headers: { 'Retry-After': '1' } })
  }
}

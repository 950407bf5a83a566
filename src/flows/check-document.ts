import type { Audit } from '../audit.ts'
import type { Actor } from '../lib/actor.ts'
import type { Database } from '../platform/db/client.ts'
import type { Egress } from '../platform/egress/index.ts'
import { ExpressionError, type Expressions, type JobOwner } from '../dsl/expressions/expressions.ts'
import { compileFlow, lintDocument, type DocumentFault, type FlowDocument } from '../dsl/index.ts'
import { Fault, type FieldFault } from '../lib/fault.ts'
import { faultOfText, textFaults } from '../lib/unicode.ts'
import { pinOpenApi, type PinnedOpenApi } from './pin-openapi.ts'

const URL_MAX_CHARS = 300

/** Finds the lines and columns of JSON Pointers in the text of a document, in the order of the pointers. */
export type Locate = (pointers: readonly string[]) => Promise<({ line: number; column: number } | undefined)[]>

/** The text of a document, as its author wrote it. */
export interface DocumentSource {
  type: 'application/json' | 'application/yaml'
  text: string
}

/** A document that is not validated yet. `locate` and `source` are set if it was read from text. */
export interface Draft {
  document: unknown
  locate?: Locate | undefined
  source?: DocumentSource | undefined
}

export interface CheckDeps {
  expressions: Expressions
  egress: Egress
  database: Database
  audit: Audit
}

/** A valid document, with the current text of the OpenAPI documents that it calls. */
export interface CheckedDocument {
  document: FlowDocument
  openapi: PinnedOpenApi
}

/**
 * Parses the text of a document.
 * @param owner whose share of the worker threads is used
 * @throws (rejects) Fault `validation_failed` with every fault of the text, each with line and column; `unavailable`
 */
export async function readDraft(
  { expressions }: Pick<CheckDeps, 'expressions'>,
  source: DocumentSource,
  owner: JobOwner
): Promise<Draft> {
  const { text, type } = source
  const fault = faultOfText(text)
  if (fault !== undefined) throw invalid([{ pointer: '', message: fault }])
  const format = type === 'application/json' ? 'json' : 'yaml'
  const locate: Locate = (pointers) => unlessBusy(() => expressions.locate(text, format, pointers, { owner }))
  const { document, faults } = await unlessBusy(() => expressions.read(text, format, { owner }))
  const all = [...faults, ...(await located(textFaults(document), locate))]
  if (all.length > 0) throw invalid(all)
  return { document, locate, source }
}

/**
 * Validates a document. The OpenAPI documents that it names by URL are fetched if everything else is valid; the audit
 * log records their URLs.
 * @param source `owner`: whose share of the worker threads is used; `actor`: for the audit log; `locate`: for a
 *   document that was text; `at`: the JSON Pointer of a document inside a larger body
 * @throws Fault `validation_failed` with every fault at once; `unavailable`
 */
export async function checkDocument(
  deps: CheckDeps,
  document: unknown,
  source: { owner: JobOwner; actor: Actor; locate?: Locate | undefined; at?: string }
): Promise<CheckedDocument> {
  const { expressions, egress, database, audit } = deps
  const { owner, actor, locate, at = '' } = source
  const refuse = async (faults: readonly DocumentFault[]): Promise<void> => {
    if (faults.length === 0) return
    const placed = await located(faults, locate)
    throw invalid(placed.map((fault) => ({ ...fault, pointer: at + fault.pointer })))
  }
  await refuse(textFaults(document))
  await refuse(await unlessBusy(() => lintDocument(document, expressions, owner)))
  const checked = document as FlowDocument
  const { openapi, faults, fetched } = await unlessBusy(() => pinOpenApi({ egress, expressions }, checked, owner))
  if (fetched.length > 0)
    await audit.record(database.prisma, {
      action: 'document.fetched',
      actor,
      details: { documents: fetched.map(withoutQuery) }
    })
  await refuse(faults)
  // A document that does not compile must not be saved: it would fail at the first call of a listener.
  compileFlow(checked, expressions, { openapi })
  return { document: checked, openapi }
}

/** Queries can hold credentials. */
function withoutQuery(url: string): string {
  return (url.split('?', 1)[0] ?? '').slice(0, URL_MAX_CHARS)
}

function invalid(errors: readonly FieldFault[]): Fault {
  return new Fault('validation_failed', {
    why: 'flow_document',
    detail: 'The document is not a flow that can run here.',
    errors
  })
}

/** Adds the position in the text to each fault. */
async function located(faults: readonly DocumentFault[], locate: Locate | undefined): Promise<DocumentFault[]> {
  if (locate === undefined || faults.length === 0) return [...faults]
  const positions = await locate(faults.map(({ pointer }) => pointer))
  return faults.map((fault, index) => ({ ...fault, ...positions[index] }))
}

/**
 * Turns the error of busy worker threads into a fault, because it says nothing about the document.
 * @throws (rejects with) Fault `unavailable`
 */
async function unlessBusy<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.kind !== 'busy') throw error
    throw new Fault('unavailable', { why: error.message, headers: { 'Retry-After': '1' } })
  }
}

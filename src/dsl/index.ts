/**
 * The language: Open Workflow Specification DSL 1.0.3, from text to result. It reaches the outside only through ports.
 *
 * A flow passes four functions in this order, and each needs what the one before returned: `parseDocument` turns text
 * into data, `lintDocument` finds its faults, `compileFlow` turns a document without faults into closures, `runFlow`
 * performs them.
 *
 * Who needs whom: `document.ts` (the types of a document), `problem.ts` (errors), `ports.ts` (what a run can reach),
 * `limits.ts`, `budget.ts` (limits of a run as it uses them up), `duration.ts`, `string-form.ts` and `uri-template.ts`
 * are the base that every folder uses. `json-schema/` checks values against schemas, `expressions/` evaluates jq and
 * scripts and has the threads for what may take long; neither knows of flows. `lint/` checks what `parse.ts` read.
 * `compile/` compiles what all tasks have in common, `run/` performs it; neither knows a kind of task. `tasks/` has one
 * file per kind of task and uses both, with `http/` and `openapi/` for its calls. `compile-flow.ts` hands the table of
 * tasks to the compiler, `run-flow.ts` starts the first list of tasks. `diagram.ts` draws a document.
 *
 * @example
 * const expressions = createExpressions()
 * const { document, faults } = parseDocument(yaml, 'yaml')
 * if (faults.length === 0) faults.push(...(await lintDocument(document, expressions)))
 * if (faults.length > 0) throw new Error(faults.map(({ pointer, message }) => `${pointer} ${message}`).join('\n'))
 * const flow = compileFlow(document as FlowDocument, expressions)
 * const runtime = { version: '1.0.0', metadata: { runId: 'run_1' } }
 * const outcome = await runFlow(flow, { sku: 'A1' }, { runtime, ports, startedAt: Date.now() })
 * // { status: 'succeeded', output: … }, { status: 'failed', error: … } or { status: 'cancelled' }
 */

// 1. Text to data.
export { type DocumentFault, parseDocument, type ParsedDocument } from './parse.ts'
export type * from './document.ts'

// 2. Data to faults. `call: openapi` adds a second step, once its documents are fetched.
export { lintDocument } from './lint/lint-document.ts'
export { lintOpenApiCalls, type OpenApiCall, openApiCalls } from './openapi/calls.ts'
export { OPENAPI_LIMITS, parseOpenApi } from './openapi/parse.ts'
export { requireOpenApiVersion } from './openapi/operation.ts'

// 3. Document to flow.
export { type CompiledFlow, compileFlow, type CompileOptions, mayWait } from './compile-flow.ts'
export { correlationOf, evaluateCorrelation } from './correlation.ts'
export type { StartingEvents } from './starts-on.ts'

// 4. Flow to outcome: what a run needs, and how it ends.
export { type RunContext, runFlow } from './run-flow.ts'
export type * from './ports.ts'
export { Interrupted, Suspended } from './run/unwind.ts'
export {
  type ErrorResponse,
  FlowError,
  flowError,
  type FlowErrorOptions,
  type FlowOutcome,
  type FlowProblem,
  type ProblemKind,
  type ProblemOrigin,
  problemType,
  withoutResponse
} from './problem.ts'
export { type Activity, createActivity } from './run/activity.ts'
export { type ShownStep, stepFacts } from './run/step-report.ts'

// Limits, and what else callers need of the language.
export { DEFAULT_FLOW_LIMITS, DOCUMENT_LIMITS, type FlowLimits } from './limits.ts'
export { Budget } from './budget.ts'
export { durationMs } from './duration.ts'
export { cronFault, withoutRepeats } from './lint/cron.ts'
export { diagram } from './diagram.ts'
export { DOCUMENT_SCHEMA } from './document-schema.ts'

export { type CompiledFlow, compileFlow, type CompileOptions, mayWait } from './compile-flow.ts'
export { diagram } from './diagram.ts'
export type * from './document.ts'
export { durationMs } from './duration.ts'
export { Budget } from './budget.ts'
export { DEFAULT_FLOW_LIMITS, DOCUMENT_LIMITS, type FlowLimits } from './limits.ts'
export { lintDocument } from './lint/lint-document.ts'
export { lintOpenApiCalls, type OpenApiCall, openApiCalls } from './openapi/calls.ts'
export { requireOpenApiVersion } from './openapi/operation.ts'
export { OPENAPI_LIMITS, parseOpenApi } from './openapi/parse.ts'
export type { FlowOutcome } from './problem.ts'
export { type DocumentFault, parseDocument, parseDocumentInSlices, type ParsedDocument } from './parse.ts'
export type * from './ports.ts'
export {
  FlowError,
  flowError,
  type FlowErrorOptions,
  type FlowProblem,
  type ProblemKind,
  type ProblemOrigin,
  problemType
} from './problem.ts'
export { type RunContext, runFlow } from './run-flow.ts'
export { type ShownStep, stepFacts } from './run/step-report.ts'
export { Interrupted, Suspended } from './run/unwind.ts'

export type * from './authentication.ts'
export { type CompiledFlow, compileFlow, type CompileOptions } from './compile/flow.ts'
export { diagram } from './diagram.ts'
export type * from './document.ts'
export { Budget } from './interpret/budget.ts'
export { DEFAULT_FLOW_LIMITS, DOCUMENT_LIMITS, type FlowLimits } from './limits.ts'
export { lintDocument } from './lint/index.ts'
export { lintOpenApiCalls, type OpenApiCall, openApiCalls } from './openapi/calls.ts'
export { requireOpenApiVersion } from './openapi/operation.ts'
export { OPENAPI_LIMITS, parseOpenApi } from './openapi/parse.ts'
export type { FlowOutcome } from './outcome.ts'
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
export { type RunContext, runFlow } from './run.ts'
export { type ShownStep, stepFacts } from './shown-step.ts'
export { Interrupted, Suspended } from './unwind.ts'

import type { Expressions } from '../dsl/expressions/expressions.ts'
import { compileFlow, type CompiledFlow, type FlowDocument } from '../dsl/index.ts'
import type { PinnedOpenApi } from './pin-openapi.ts'

/** A version as hot statements read it. */
export interface StoredVersion {
  document: FlowDocument
  /** JSON text, so that it is parsed only where it is compiled: it may be large. */
  openapi: string | null
}

/** Compiles a version with the OpenAPI documents that were pinned when it was saved: nothing is fetched. */
export function compileVersion({ document, openapi }: StoredVersion, expressions: Expressions): CompiledFlow {
  return compileFlow(document, expressions, { openapi: pinnedFromJson(openapi === null ? null : JSON.parse(openapi)) })
}

/** As it is kept beside a version; undefined where there is nothing to keep. */
export function pinnedToJson(pinned: PinnedOpenApi): Readonly<Record<string, unknown>> | undefined {
  return pinned.size === 0 ? undefined : Object.fromEntries(pinned)
}

export function pinnedFromJson(json: unknown): PinnedOpenApi {
  return new Map(Object.entries(json ?? {}))
}

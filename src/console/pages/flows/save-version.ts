import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { Flow, FlowVersion, Page } from '../../api/types.ts'

/** Somebody saved a newer version than the one that the text is based on. Nothing was overwritten. */
export class StaleVersion extends Error {
  override readonly name = 'StaleVersion'
  readonly latest: FlowVersion

  constructor(latest: FlowVersion) {
    super(`version ${latest.version} was saved meanwhile`)
    this.latest = latest
  }
}

/**
 * Saves a text as the next version of a flow.
 * @param base the version that it is based on
 * @param note what changed, for people; empty = none
 * @throws StaleVersion if another version is the latest; ApiProblem for every other refusal
 */
export async function saveVersion(flowId: string, text: string, base: number, note: string): Promise<Flow> {
  try {
    return await call<Flow>('PUT', `/v1/flows/${flowId}`, {
      raw: { type: 'application/yaml', text },
      headers: { 'If-Match': `"${base}"` },
      query: { note: note.trim() }
    })
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 409) throw error
    const { items } = await call<Page<FlowVersion>>('GET', `/v1/flows/${flowId}/versions`, { query: { limit: 1 } })
    // A conflict can also mean a taken name.
    if (!items[0] || items[0].version === base) throw error
    throw new StaleVersion(items[0])
  }
}

import { text, valueAt } from '../outline.ts'
import { isRecord, tasksOf } from '../tasks.ts'

/** The hosts that the calls of a flow name. Hosts from expressions are unknown before the flow runs. */
export function calledHosts(document: unknown): string[] {
  const hosts = tasksOf(document).flatMap(({ task }) => {
    const endpoint = valueAt(task, 'with', 'endpoint') ?? valueAt(task, 'with', 'document', 'endpoint')
    const uri = text(isRecord(endpoint) ? endpoint['uri'] : endpoint)
    const host = /https?:\/\/([^/\s"'{}?#]+)/.exec(uri)?.[1]
    return host ? [host] : []
  })
  return [...new Set(hosts)]
}

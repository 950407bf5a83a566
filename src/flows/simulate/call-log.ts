import type { FlowPorts } from '../../dsl/index.ts'

/** How many calls are listed; further ones are only counted. */
const NAMED_MAX = 100
const URL_MAX_CHARS = 300

export interface CallLog {
  /** The ports, which record each call. */
  ports: FlowPorts
  /** The number of calls, and the method and URL of the first ones. Queries are left out: they can hold credentials. */
  details(): { count: number; calls: string[] }
}

export function createCallLog(ports: FlowPorts): CallLog {
  const calls: string[] = []
  let count = 0
  return {
    ports: {
      ...ports,
      http(call, at) {
        count++
        const url = call.url.split('?', 1)[0] ?? ''
        if (calls.length < NAMED_MAX) calls.push(`${call.method} ${url.slice(0, URL_MAX_CHARS)}`)
        return ports.http(call, at)
      }
    },
    details: () => ({ count, calls })
  }
}

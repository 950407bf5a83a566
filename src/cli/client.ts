import { type ApiProblem, type Client, createClient } from '../client/index.ts'
import { parseJson } from '../lib/exact-json.ts'
import type { Session } from './session.ts'

/** Creates a client of the gateway that keeps all digits of numbers. */
export function clientOf({ url, token }: { url: string; token?: Session['token'] }): Client {
  return createClient({ url, parse: parseJson, ...(token ? { token: () => token.reveal() } : {}) })
}

/** The text of a problem: its code, its message, all listed faults, and the id of the request. */
export function describeProblem({ code, status, message, errors, requestId }: ApiProblem): string {
  const faults = errors.map(({ pointer, message }) => `\n  ${pointer} ${message}`).join('')
  return `${code === 'unknown' ? status : code}: ${message}${faults}${requestId ? `\n  request ${requestId}` : ''}`
}

/** The first `max` items of a list. */
export async function take<T>(items: AsyncIterable<T>, max = 1_000): Promise<T[]> {
  const taken: T[] = []
  for await (const item of items) {
    taken.push(item)
    if (taken.length >= max) break
  }
  return taken
}

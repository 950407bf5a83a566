import { parseJson } from '../lib/exact-json.ts'
import { CliError } from './io.ts'
import type { Session } from './session.ts'

/** The gateway answered with a problem. The message has its code, its detail and every fault that it lists. */
export class Refused extends CliError {
  readonly status: number
  readonly problem: Readonly<Record<string, unknown>>

  constructor(status: number, problem: Record<string, unknown>) {
    const faults = Array.isArray(problem.errors)
      ? (problem.errors as { pointer?: string; message?: string }[])
          .map(({ pointer, message }) => `\n  ${pointer ?? ''} ${message ?? ''}`)
          .join('')
      : ''
    const reason = String(problem.detail ?? problem.title ?? 'the gateway refused')
    const request = problem.requestId ? `\n  request ${String(problem.requestId)}` : ''
    super(`${String(problem.code ?? status)}: ${reason}${faults}${request}`)
    this.status = status
    this.problem = problem
  }
}

export interface ApiCall {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  body?: unknown
  /** Sent form-encoded, instead of `body`. */
  form?: Readonly<Record<string, string>>
}

/**
 * Calls the gateway and returns the JSON of its answer.
 *
 * @throws Refused if it answers with a problem, CliError if it cannot be reached.
 */
export async function callApi<T>(
  { url, token }: { url: string; token?: Session['token'] | undefined },
  path: string,
  { method = 'GET', query = {}, body, form }: ApiCall = {}
): Promise<T> {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]]
    )
  )
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token.reveal()}` } : {}
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(`${url}${path}${search.size > 0 ? `?${search.toString()}` : ''}`, {
      // A session must not follow a redirect to somewhere else.
      method,
      headers,
      redirect: 'error',
      ...(body !== undefined ? { body: JSON.stringify(body) } : form ? { body: new URLSearchParams(form) } : {})
    })
  } catch (error) {
    throw new CliError(
      `${url} cannot be reached: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`
    )
  }
  const text = await response.text()
  const answer = text === '' ? undefined : parse(text)
  if (!response.ok)
    throw new Refused(
      response.status,
      typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
    )
  return answer as T
}

/** Every item of a list, page by page, up to `max`. */
export async function listAll<T>(
  session: Session,
  path: string,
  query: ApiCall['query'] = {},
  max = 1_000
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page = await callApi<{ items: T[]; nextCursor: string | null }>(session, path, {
      query: { ...query, limit: Math.min(200, max - items.length), cursor }
    })
    items.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor && items.length < max)
  return items
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

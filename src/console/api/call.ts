import { parseJson } from '../lib/exact-json.ts'
import { confirmationGate, signInGate, type Gate } from './gate.ts'
import { endOutage, waitOutage } from './outage.ts'
import { ApiProblem, Unreachable, isOutage, type ProblemDocument } from './problem.ts'

export interface CallOptions {
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, with its type: YAML of a flow, a form. */
  raw?: { type: string; text: string }
  /** Members that are undefined or empty are left out. */
  query?: Record<string, string | number | boolean | undefined>
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /**
   * Whether a 401 asks to sign in again, and `confirmation_required` for the password, and the call is repeated then.
   * Off where being refused is an answer.
   */
  gate?: boolean
  /** Whether a call that is no GET changes nothing either: it then waits for the end of an outage, as they do. */
  safe?: boolean
}

/**
 * Marks requests as a page's own: the server then leaves out the challenge that opens the browser's password dialog.
 */
const OWN_HEADERS = { 'X-Requested-With': 'sluice-console' }

/**
 * One call of the API with the session's cookie. Answers the parsed JSON body; undefined where there is none.
 * @throws ApiProblem for every refusal; Unreachable where no answer came; Declined where the person would not sign in
 * or confirm
 */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await request(method, path, options)
  const text = await response.text()
  if (text === '') return undefined as T
  return (response.headers.get('Content-Type')?.includes('json') ? parseJson(text) : text) as T
}

/** As {@link call}, but hands back the whole answer: for headers, streams and texts. */
export async function request(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  let confirmed = false
  for (;;) {
    try {
      const response = await send(method, path, options)
      endOutage()
      if (response.ok) return response
      throw await problemOf(response)
    } catch (error) {
      const gate = options.gate === false ? undefined : gateOf(error)
      if (gate && !(gate === confirmationGate && confirmed)) {
        await gate.wait(options.signal)
        // What is refused all the same would ask for ever.
        confirmed ||= gate === confirmationGate
      } else if (isOutage(error) && (options.safe ?? method === 'GET'))
        await waitOutage(retryAfterOf(error), options.signal)
      else throw error
    }
  }
}

/** Where a call that was refused so may wait. */
function gateOf(error: unknown): Gate | undefined {
  if (!(error instanceof ApiProblem)) return undefined
  if (error.status === 401) return signInGate
  return error.code === 'confirmation_required' ? confirmationGate : undefined
}

/**
 * One request as it stands: any answer is handed back, and nothing is asked or repeated.
 * @throws Unreachable where no answer came
 */
export async function send(
  method: string,
  path: string,
  { body, raw, query, headers, signal }: CallOptions
): Promise<Response> {
  const content = raw ?? (body === undefined ? undefined : { type: 'application/json', text: JSON.stringify(body) })
  try {
    return await fetch(path + queryText(query), {
      method,
      headers: { ...OWN_HEADERS, ...(content ? { 'Content-Type': content.type } : {}), ...headers },
      ...(content ? { body: content.text } : {}),
      signal: signal ?? null,
      cache: 'no-store'
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Unreachable(error)
  }
}

function queryText(query: CallOptions['query'] = {}): string {
  const sent = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return sent.length === 0
    ? ''
    : `?${new URLSearchParams(sent.map(([name, value]) => [name, String(value)])).toString()}`
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return new ApiProblem(await documentOf(response), Number.isFinite(retryAfter) ? retryAfter : undefined)
}

/** A proxy in between may answer something else than a problem. */
async function documentOf(response: Response): Promise<ProblemDocument> {
  try {
    const document = (await response.json()) as Partial<ProblemDocument>
    if (typeof document.title === 'string' && typeof document.code === 'string') {
      return { ...document, title: document.title, code: document.code, status: response.status }
    }
  } catch {
    // No JSON: what follows says what is known.
  }
  const requestId = response.headers.get('X-Request-Id')
  const title = `The server answered ${response.status} ${response.statusText}`.trim()
  return { title, status: response.status, code: 'unknown', ...(requestId === null ? {} : { requestId }) }
}

function retryAfterOf(error: unknown): number | undefined {
  return error instanceof ApiProblem ? error.retryAfter : undefined
}

import { ApiProblem, createConnection, readProblem } from '../../client/index.ts'
import { parseJson } from '../lib/exact-json.ts'
import { confirmationGate, signInGate, type Gate } from './gate.ts'
import { endOutage, waitOutage } from './outage.ts'

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
   * Whether a 401 opens the dialog to sign in again, and `confirmation_required` the one for the password, after which
   * the call is repeated. Off if the refusal is the answer that the caller wants.
   */
  gate?: boolean
  /** Whether a call other than GET changes nothing either. Then it waits for the end of an outage, as a GET does. */
  safe?: boolean
}

/**
 * The client that programs use too, without the types of each path, with the cookie of the session. It repeats calls
 * while the gateway does not answer, and the bar over the page counts down. A rate limit is shown to the person instead
 * of waited for.
 */
const gateway = createConnection({
  url: '',
  // Marks requests of this page, so that the server leaves out the challenge that opens the browser's password dialog.
  headers: { 'X-Requested-With': 'sluice-console' },
  retry: { attempts: Number.POSITIVE_INFINITY, maxWaitSeconds: Number.POSITIVE_INFINITY, limited: false },
  async fetch(request) {
    const response = await fetch(request)
    if (response.status !== 503) endOutage()
    return response
  },
  wait: (ms, signal, asked) => waitOutage(asked ? ms / 1000 : undefined, signal)
})

/**
 * One call of the API with the cookie of the session. Returns the parsed JSON body; undefined if there is none.
 * @throws ApiProblem for every refusal; Unreachable if there was no answer; Declined if the person did not sign in or
 * confirm
 */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await request(method, path, options)
  const text = await response.text()
  if (text === '') return undefined as T
  return (response.headers.get('Content-Type')?.includes('json') ? parseJson(text) : text) as T
}

/** Like {@link call}, but returns the whole response, for headers, streams and texts. */
export async function request(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const repeat = options.safe ?? method === 'GET'
  let confirmed = false
  for (;;) {
    const response = await send(method, path, options, repeat)
    if (response.ok) return response
    const problem = await readProblem(response)
    const gate = options.gate === false ? undefined : gateOf(problem)
    if (!gate || (gate === confirmationGate && confirmed)) throw problem
    await gate.wait(options.signal)
    // A call that is refused in spite of the confirmation must not ask again and again.
    confirmed ||= gate === confirmationGate
  }
}

/** The gate at which a call that was refused in this way waits. */
function gateOf({ status, code }: ApiProblem): Gate | undefined {
  if (status === 401) return signInGate
  return code === 'confirmation_required' ? confirmationGate : undefined
}

/**
 * One request: returns every response, and never opens a dialog.
 * @param repeat whether it is repeated until the gateway answers
 * @throws Unreachable if there was no answer
 */
export function send(
  method: string,
  path: string,
  { body, raw, query = {}, headers, signal }: CallOptions,
  repeat = false
): Promise<Response> {
  const content = raw ?? (body === undefined ? undefined : { type: 'application/json', text: JSON.stringify(body) })
  return gateway.fetch(method, path, {
    query: Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')),
    headers: { ...(content ? { 'Content-Type': content.type } : {}), ...headers },
    body: content?.text,
    signal,
    repeat
  })
}

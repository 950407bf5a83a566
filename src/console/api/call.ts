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
   * Whether a 401 asks to sign in again, and `confirmation_required` for the password, and the call is repeated then.
   * Off where being refused is an answer.
   */
  gate?: boolean
  /** Whether a call that is no GET changes nothing either: it then waits for the end of an outage, as they do. */
  safe?: boolean
}

/**
 * The client that programs use too, without the types of each path, by the session's cookie. It makes calls again for
 * as long as the gateway does not answer, and the bar over the page counts down. A limit is told to the person in place
 * of waiting.
 */
const gateway = createConnection({
  url: '',
  // Marks requests as a page's own: the server then leaves out the challenge that opens the browser's password dialog.
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
  const repeat = options.safe ?? method === 'GET'
  let confirmed = false
  for (;;) {
    const response = await send(method, path, options, repeat)
    if (response.ok) return response
    const problem = await readProblem(response)
    const gate = options.gate === false ? undefined : gateOf(problem)
    if (!gate || (gate === confirmationGate && confirmed)) throw problem
    await gate.wait(options.signal)
    // What is refused all the same would ask for ever.
    confirmed ||= gate === confirmationGate
  }
}

/** Where a call that was refused so may wait. */
function gateOf({ status, code }: ApiProblem): Gate | undefined {
  if (status === 401) return signInGate
  return code === 'confirmation_required' ? confirmationGate : undefined
}

/**
 * One request as it stands: any answer is handed back, and nobody is asked.
 * @param repeat whether it is made again until the gateway answers
 * @throws Unreachable where no answer came
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

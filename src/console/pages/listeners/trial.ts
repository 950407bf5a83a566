import { send } from '../../api/call.ts'
import type { Listener } from '../../api/types.ts'
import { curlOf } from '../../lib/curl.ts'

export interface Pair {
  name: string
  value: string
}

/** A call of a listener in the test bench. */
export interface Trial {
  method: string
  query: readonly Pair[]
  headers: readonly Pair[]
  bodyKind: 'none' | 'json' | 'form' | 'text'
  body: string
  /**
   * For `session` and `customer`, the gateway tries the listener for the signed-in account; the others call the
   * listener's URL.
   */
  credential: 'token' | 'basic' | 'session' | 'customer' | 'none'
  carrier: 'bearer' | 'header' | 'query'
  token: string
  email: string
  password: string
  customerId: string
}

export interface TrialAnswer {
  at: string
  method: string
  status: number
  ms: number
  headers: readonly (readonly [string, string])[]
  type: string
  bytes: Uint8Array
}

export const NO_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD'])
const TYPES = { none: '', json: 'application/json', form: 'application/x-www-form-urlencoded', text: 'text/plain' }

/** Why a call cannot be sent; undefined if it can. */
export function trialFault({ bodyKind, body, method, credential, token, password, customerId }: Trial) {
  if (credential === 'token' && token.trim() === '') return 'Paste a token, or choose another credential.'
  if (credential === 'basic' && password === '') return 'Enter your password.'
  if (credential === 'customer' && customerId.trim() === '') return 'Say which customer.'
  if (NO_BODY.has(method) || bodyKind !== 'json') return undefined
  try {
    JSON.parse(body)
    return undefined
  } catch (error) {
    return `The body is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Calls the listener, or has the gateway try it. */
export async function sendTrial(trial: Trial, listener: Pick<Listener, 'id' | 'url'>): Promise<TrialAnswer> {
  const at = new Date().toISOString()
  const startedAt = performance.now()
  const response = isTry(trial) ? await tryIt(trial, listener.id) : await callIt(trial, listener.url)
  const bytes = new Uint8Array(await response.arrayBuffer())
  return {
    at,
    method: trial.method,
    status: response.status,
    ms: performance.now() - startedAt,
    headers: [...response.headers],
    type: response.headers.get('Content-Type') ?? '',
    bytes
  }
}

export function isTry({ credential }: Trial): boolean {
  return credential === 'session' || credential === 'customer'
}

/** Calls the listener from this page, only with the credential, without the cookie of the session. */
function callIt(trial: Trial, url: string): Promise<Response> {
  const { headers, query } = credentialOf(trial)
  // The page may have been opened under another host name than the one in the gateway's URLs.
  return fetch(addressOf(new URL(url).pathname, [...trial.query, ...query]), {
    method: trial.method,
    credentials: 'omit',
    cache: 'no-store',
    headers: [...headersOf(trial), ...headers],
    ...(hasBody(trial) ? { body: trial.body } : {})
  })
}

function tryIt(trial: Trial, listenerId: string): Promise<Response> {
  const query: Record<string, string[]> = {}
  for (const [name, value] of namedPairs(trial.query)) (query[name] ??= []).push(value)
  const body = {
    method: trial.method,
    query,
    headers: Object.fromEntries(headersOf(trial)),
    // Sent as the typed text, so that no number loses a digit.
    ...(hasBody(trial) ? { body: trial.body } : {}),
    ...(trial.credential === 'customer' ? { customer: trial.customerId.trim() } : {})
  }
  return send('POST', `/v1/listeners/${listenerId}/try`, { body })
}

/** The call as a command line, with a variable for the credential. */
export function trialAsCurl(trial: Trial, url: string): string {
  const { credential, carrier } = trial
  const inQuery = credential === 'token' && carrier === 'query'
  const header: [string, string][] =
    credential === 'none' || inQuery
      ? []
      : credential === 'basic'
        ? [['Authorization', 'Basic $TOKEN']]
        : carrier === 'header' && credential === 'token'
          ? [['access_token', '$TOKEN']]
          : [['Authorization', 'Bearer $TOKEN']]
  return curlOf({
    method: trial.method,
    url: addressOf(url, [...trial.query, ...(inQuery ? [{ name: 'access_token', value: 'TOKEN' }] : [])]),
    headers: [...header, ...headersOf(trial)],
    body: hasBody(trial) ? trial.body : undefined
  })
}

function credentialOf(trial: Trial): { headers: [string, string][]; query: readonly Pair[] } {
  const { credential, carrier, email, password } = trial
  if (credential === 'none') return { headers: [], query: [] }
  if (credential === 'basic') {
    const pair = new TextEncoder().encode(`${email}:${password}`)
    return { headers: [['Authorization', `Basic ${btoa(String.fromCodePoint(...pair))}`]], query: [] }
  }
  const token = trial.token.trim()
  if (carrier === 'query') return { headers: [], query: [{ name: 'access_token', value: token }] }
  return { headers: [carrier === 'header' ? ['access_token', token] : ['Authorization', `Bearer ${token}`]], query: [] }
}

function headersOf(trial: Trial): [string, string][] {
  return [
    ...(hasBody(trial) ? [['Content-Type', TYPES[trial.bodyKind]] as [string, string]] : []),
    ...namedPairs(trial.headers)
  ]
}

function hasBody({ method, bodyKind }: Trial): boolean {
  return bodyKind !== 'none' && !NO_BODY.has(method)
}

function namedPairs(pairs: readonly Pair[]): [string, string][] {
  return pairs.filter(({ name }) => name.trim()).map(({ name, value }) => [name.trim(), value])
}

function addressOf(base: string, query: readonly Pair[]): string {
  const kept = namedPairs(query)
  return kept.length === 0 ? base : `${base}?${new URLSearchParams(kept).toString()}`
}

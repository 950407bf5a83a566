import { curlOf } from '../../lib/curl.ts'
import { signCustomerToken } from '../../lib/customer-token.ts'

export interface Pair {
  name: string
  value: string
}

/** A call of a listener as the test bench holds it. */
export interface Trial {
  method: string
  query: readonly Pair[]
  headers: readonly Pair[]
  bodyKind: 'none' | 'json' | 'form' | 'text'
  body: string
  credential: 'token' | 'basic' | 'customer' | 'none'
  carrier: 'bearer' | 'header' | 'query'
  token: string
  email: string
  password: string
  secret: string
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
/** How long a customer's token that the page signs is good for. */
const CUSTOMER_SECONDS = 600
const TYPES = { none: '', json: 'application/json', form: 'application/x-www-form-urlencoded', text: 'text/plain' }

/** Why a call cannot be sent as it stands; undefined where it can. */
export function trialFault({ bodyKind, body, method, credential, token, password, secret, customerId }: Trial) {
  if (credential === 'token' && token.trim() === '') return 'Paste a token, or choose another credential.'
  if (credential === 'basic' && password === '') return 'Enter your password.'
  if (credential === 'customer' && (secret === '' || customerId === ''))
    return 'Paste the workspace secret and say which customer.'
  if (NO_BODY.has(method) || bodyKind !== 'json') return undefined
  try {
    JSON.parse(body)
    return undefined
  } catch (error) {
    return `The body is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Calls the listener from this page with its credential alone: the session's cookie stays out of it. */
export async function sendTrial(trial: Trial, url: string, workspaceKey: string): Promise<TrialAnswer> {
  const { headers, query } = await credentialOf(trial, workspaceKey)
  const at = new Date().toISOString()
  const startedAt = performance.now()
  // The page may have been opened under another name of the gateway than the one in its URLs.
  const response = await fetch(addressOf(new URL(url).pathname, [...trial.query, ...query]), {
    method: trial.method,
    credentials: 'omit',
    cache: 'no-store',
    headers: [...headersOf(trial), ...headers],
    ...(hasBody(trial) ? { body: trial.body } : {})
  })
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

/** The call for a shell. The credential is left to a variable. */
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

async function credentialOf(
  trial: Trial,
  workspaceKey: string
): Promise<{ headers: [string, string][]; query: readonly Pair[] }> {
  const { credential, carrier, email, password, secret, customerId } = trial
  if (credential === 'none') return { headers: [], query: [] }
  if (credential === 'basic') {
    const pair = new TextEncoder().encode(`${email}:${password}`)
    return { headers: [['Authorization', `Basic ${btoa(String.fromCodePoint(...pair))}`]], query: [] }
  }
  if (credential === 'customer') {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: workspaceKey, id: customerId, iat: now, exp: now + CUSTOMER_SECONDS }
    const token = await signCustomerToken(claims, secret.trim())
    return { headers: [['Authorization', `Bearer ${token}`]], query: [] }
  }
  const token = trial.token.trim()
  if (carrier === 'query') return { headers: [], query: [{ name: 'access_token', value: token }] }
  return { headers: [carrier === 'header' ? ['access_token', token] : ['Authorization', `Bearer ${token}`]], query: [] }
}

function headersOf(trial: Trial): [string, string][] {
  return [
    ...(hasBody(trial) ? [['Content-Type', TYPES[trial.bodyKind]] as [string, string]] : []),
    ...trial.headers.filter(({ name }) => name.trim()).map(({ name, value }): [string, string] => [name.trim(), value])
  ]
}

function hasBody({ method, bodyKind }: Trial): boolean {
  return bodyKind !== 'none' && !NO_BODY.has(method)
}

function addressOf(base: string, query: readonly Pair[]): string {
  const kept = query.filter(({ name }) => name.trim()).map(({ name, value }): [string, string] => [name.trim(), value])
  return kept.length === 0 ? base : `${base}?${new URLSearchParams(kept).toString()}`
}

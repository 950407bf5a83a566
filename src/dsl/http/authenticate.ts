import type { ClientAuthentication, HttpAuthentication, OAuth2Grant } from '../ports.ts'
import type { Scope } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { AuthenticationDefinition } from '../document.ts'
import { flowError } from '../problem.ts'
import { isObject, own } from '../../lib/json.ts'
import { fetchSecrets, reportSecretTexts } from '../run/secrets.ts'
import type { Run, TaskState } from '../run/state.ts'

const SCHEMES = ['basic', 'bearer', 'digest', 'oauth2', 'oidc'] as const
type Scheme = (typeof SCHEMES)[number]

/** Paths of the OAuth2 endpoints under the authority, unless the policy names others (DSL 1.0.3). */
const DEFAULT_ENDPOINTS = { token: '/oauth2/token', revocation: '/oauth2/revoke', introspection: '/oauth2/introspect' }

/** Evaluates the authentication of a call, reports its secrets for masking and sets `$authorization`. */
export type Authenticate = (input: unknown, state: TaskState) => Promise<HttpAuthentication | undefined>

/**
 * Compiles a policy: defined in place, by its name in `use.authentications`, or with its members from a secret
 * (`basic: { use: name }`).
 */
export function compileAuthentication(definition: AuthenticationDefinition | undefined, scope: Scope): Authenticate {
  if (definition === undefined) return async () => undefined
  const policy =
    definition.use === undefined
      ? definition
      : (own(scope.compiler.document.use?.authentications ?? {}, definition.use) as AuthenticationDefinition)
  const scheme = SCHEMES.find((name) => own({ ...policy }, name) !== undefined)
  if (scheme === undefined) throw new TypeError('The authentication is of no kind that runs here.')
  const members = policy[scheme] as Readonly<Record<string, unknown>>
  const secret = members['use']
  const evaluate = typeof secret === 'string' ? undefined : compileTemplate(members, scope)
  return async (input, state) => {
    const { run } = state.frame
    const values =
      evaluate === undefined ? await secretMembers(secret as string, scheme, run) : await evaluate(input, state)
    const authentication = assemble(scheme, values as Record<string, unknown>)
    tellSecrets(authentication, run)
    state.authorization = describe(authentication)
    return authentication
  }
}

async function secretMembers(name: string, scheme: Scheme, run: Run): Promise<unknown> {
  if (run.secrets === undefined) await fetchSecrets(run)
  const value = own(run.secrets ?? {}, name)
  if (scheme === 'bearer' && typeof value === 'string') return { token: value }
  if (!isObject(value))
    throw flowError(
      'configuration',
      `The secret "${name}" must be an object with the members of ${scheme} authentication.`
    )
  return value
}

function assemble(scheme: Scheme, values: Record<string, unknown>): HttpAuthentication {
  if (scheme === 'bearer') return { scheme, token: text(values, 'token') }
  if (scheme === 'basic' || scheme === 'digest')
    return { scheme, username: text(values, 'username'), password: text(values, 'password') }
  const client = record(values, 'client')
  const request = record(values, 'request')
  const endpoints = record(values, 'endpoints')
  return {
    scheme,
    authority: text(values, 'authority'),
    grant: text(values, 'grant') as OAuth2Grant,
    client: {
      ...optionalTexts(client, ['id', 'secret', 'assertion']),
      authentication: (optionalText(client, 'authentication') ?? 'client_secret_post') as ClientAuthentication
    },
    endpoints: { ...DEFAULT_ENDPOINTS, ...optionalTexts(endpoints, ['token', 'revocation', 'introspection']) },
    encoding:
      optionalText(request, 'encoding') === 'application/json'
        ? 'application/json'
        : 'application/x-www-form-urlencoded',
    issuers: texts(values, 'issuers'),
    scopes: texts(values, 'scopes'),
    audiences: texts(values, 'audiences'),
    ...optionalTexts(values, ['username', 'password']),
    ...optionalTokens(values)
  }
}

/** `$authorization` (DSL 1.0.3): the two parts of the header, as far as they are known before the call. */
function describe(authentication: HttpAuthentication): { scheme: string; parameter: string | null } {
  if (authentication.scheme === 'bearer') return { scheme: 'Bearer', parameter: authentication.token }
  if (authentication.scheme === 'basic') return { scheme: 'Basic', parameter: basicParameter(authentication) }
  return { scheme: authentication.scheme === 'digest' ? 'Digest' : 'Bearer', parameter: null }
}

function basicParameter({ username, password }: { username: string; password: string }): string {
  return Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
}

function tellSecrets(authentication: HttpAuthentication, run: Run): void {
  if (authentication.scheme === 'bearer') reportSecretTexts(authentication.token, run)
  else if (authentication.scheme === 'basic')
    reportSecretTexts([authentication.password, basicParameter(authentication)], run)
  else if (authentication.scheme === 'digest') reportSecretTexts(authentication.password, run)
  else
    reportSecretTexts(
      [
        authentication.client.secret,
        authentication.client.assertion,
        authentication.password,
        authentication.subject?.token,
        authentication.actor?.token
      ],
      run
    )
}

function text(values: Record<string, unknown>, name: string): string {
  const value = optionalText(values, name)
  if (value === undefined)
    throw flowError('authentication', `The ${name} of the authentication is missing or is not text.`, {
      origin: 'engine'
    })
  return value
}

function optionalText(values: Record<string, unknown>, name: string): string | undefined {
  const value = own(values, name)
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
}

function optionalTexts<K extends string>(
  values: Record<string, unknown>,
  names: readonly K[]
): { [name in K]?: string } {
  const found: { [name in K]?: string } = {}
  for (const name of names) {
    const value = optionalText(values, name)
    if (value !== undefined) found[name] = value
  }
  return found
}

function optionalTokens(values: Record<string, unknown>): {
  subject?: { token: string; type: string }
  actor?: { token: string; type: string }
} {
  const token = (name: string): { token: string; type: string } => ({
    token: text(record(values, name), 'token'),
    type: text(record(values, name), 'type')
  })
  return {
    ...(own(values, 'subject') ? { subject: token('subject') } : {}),
    ...(own(values, 'actor') ? { actor: token('actor') } : {})
  }
}

function record(values: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = own(values, name)
  return isObject(value) ? value : {}
}

function texts(values: Record<string, unknown>, name: string): readonly string[] {
  const value = own(values, name)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

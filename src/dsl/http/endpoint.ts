import type { Scope } from '../compile/scope.ts'
import { compileExpression } from '../compile/expression.ts'
import type { AuthenticationDefinition, EndpointDefinition } from '../document.ts'
import { flowError } from '../problem.ts'
import { stringFormOf } from '../string-form.ts'
import { expandUriTemplate, parseUriTemplate } from '../uri-template.ts'
import type { TaskState } from '../run/state.ts'

export interface CompiledEndpoint {
  /**
   * The URL as it is written, without its fragment.
   * @throws FlowError `expression` for anything but an absolute http(s) URL.
   */
  url(input: unknown, state: TaskState): Promise<string>
  readonly authentication: AuthenticationDefinition | undefined
}

/**
 * Compiles the endpoint of a call: a URI template over top-level keys of the input, or one expression that gives the
 * whole URI.
 */
export function compileEndpoint(endpoint: EndpointDefinition, scope: Scope): CompiledEndpoint {
  const { uri, authentication } = typeof endpoint === 'string' ? { uri: endpoint } : endpoint
  if (stringFormOf(uri).form === 'expression') {
    const expression = compileExpression(uri, scope)
    return { authentication, url: async (input, state) => absolute(await expression(input, state)) }
  }
  const template = parseUriTemplate(uri)
  return { authentication, url: async (input) => absolute(expandUriTemplate(template, input)) }
}

function absolute(uri: unknown): string {
  const text = typeof uri === 'string' ? uri.trim() : ''
  const url = URL.parse(text)
  if (url === null) throw flowError('expression', 'The endpoint is not an absolute URL.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw flowError('expression', `The endpoint is ${url.protocol} but only http: and https: can be called.`)
  if (url.username !== '' || url.password !== '')
    throw flowError('expression', 'The endpoint has a user name in it: use "authentication".')
  return text.split('#', 1)[0] as string
}

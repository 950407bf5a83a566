import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { CallTask, EndpointDefinition } from '../document.ts'
import type { PlannedCall } from '../ports.ts'
import { compileAuthentication } from '../http/authenticate.ts'
import { bodyFormOf } from '../http/body-form.ts'
import { compileEndpoint } from '../http/endpoint.ts'
import { appendQuery, encodeBody, encodeHeaders } from '../http/encode-request.ts'
import { type CallOutput, performCall } from '../http/perform-call.ts'

interface HttpArguments {
  method: string
  endpoint: EndpointDefinition
  headers?: unknown
  query?: unknown
  body?: unknown
  output?: CallOutput
  redirect?: boolean
}

/** `call: http`: sends one request; the output is its content, its response or its raw bytes. */
export const compileCallHttp: CompileBody<CallTask> = (definition, scope) => {
  const call = definition.with as unknown as HttpArguments
  const endpoint = compileEndpoint(call.endpoint, scope)
  const authenticate = compileAuthentication(endpoint.authentication, scope)
  const parts = compileTemplate(
    { headers: call.headers ?? null, query: call.query ?? null, body: call.body ?? null },
    scope
  )
  const method = call.method.toUpperCase()
  const form = bodyFormOf(definition)
  return async (input, state) => {
    const authentication = await authenticate(input, state)
    const url = await endpoint.url(input, state)
    const { headers, query, body } = (await parts(input, state)) as Record<'headers' | 'query' | 'body', unknown>
    const request = encodeBody(body, encodeHeaders(headers), form)
    const http: PlannedCall = {
      method,
      url: appendQuery(url, query),
      ...request,
      redirect: call.redirect ?? false,
      authentication
    }
    return { output: await performCall(http, call.output ?? 'content', state) }
  }
}

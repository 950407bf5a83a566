import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { AuthenticationDefinition, CallTask } from '../document.ts'
import { endpointOf } from '../openapi/calls.ts'
import { findOperation, type Operation } from '../openapi/operation.ts'
import { buildRequest } from '../openapi/request.ts'
import { flowError } from '../problem.ts'
import { bodyFormOf } from '../http/body-form.ts'
import { compileAuthentication } from '../http/authenticate.ts'
import { type CallOutput, performCall } from '../http/perform-call.ts'

interface OpenApiArguments {
  document: Readonly<Record<string, unknown>>
  operationId: string
  parameters?: Readonly<Record<string, unknown>>
  authentication?: AuthenticationDefinition
  output?: CallOutput
  redirect?: boolean
}

/**
 * `call: openapi`: sends the request that an operation of an OpenAPI document describes. The document is the one pinned
 * when the flow was saved.
 */
export const compileCallOpenApi: CompileBody<CallTask> = (definition, scope) => {
  const call = definition.with as unknown as OpenApiArguments
  const operation = pinnedOperation(call, scope.compiler.openapi)
  const authenticate = compileAuthentication(call.authentication, scope)
  const parameters = compileTemplate(call.parameters ?? {}, scope)
  const form = bodyFormOf(definition)
  return async (input, state) => {
    if (operation instanceof Error)
      throw flowError('configuration', `The operation cannot be called: ${operation.message}.`)
    const authentication = await authenticate(input, state)
    const request = buildRequest(operation, (await parameters(input, state)) as Record<string, unknown>, form)
    return {
      output: await performCall(
        { ...request, redirect: call.redirect ?? false, authentication },
        call.output ?? 'content',
        state
      )
    }
  }
}

/** Some callers compile without the pinned documents, so a missing one fails the call and not the compilation. */
function pinnedOperation(call: OpenApiArguments, pinned: ReadonlyMap<string, unknown>): Operation | Error {
  const endpoint = endpointOf(call as unknown as Record<string, unknown>)
  if (!pinned.has(endpoint)) return new Error(`there is no copy of ${endpoint}`)
  try {
    return findOperation(pinned.get(endpoint), call.operationId, endpoint)
  } catch (error) {
    return error instanceof Error ? error : new Error('it cannot be read')
  }
}

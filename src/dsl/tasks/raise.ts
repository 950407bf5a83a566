import type { CompileBody } from '../compile/scope.ts'
import { compileTemplate } from '../compile/template.ts'
import type { ErrorDefinition, RaiseTask } from '../document.ts'
import { stringFormOf } from '../string-form.ts'
import { expandUriTemplate, parseUriTemplate, type UriTemplate } from '../uri-template.ts'
import { FlowError, flowError, type FlowProblem } from '../problem.ts'
import { scalarText } from '../../lib/exact-number.ts'
import { own } from '../../lib/json.ts'

const MIN_STATUS = 100
const MAX_STATUS = 599

/** `raise`: fails with an error that the flow defines, in place or by its name in `use.errors`. */
export const compileRaise: CompileBody<RaiseTask> = (definition, scope) => {
  const { error } = definition.raise
  const named =
    typeof error === 'string' ? (own(scope.compiler.document.use?.errors ?? {}, error) as ErrorDefinition) : error
  const members = compileTemplate(named, scope)
  const type = typeTemplate(named.type)
  return async (input, state) => {
    const given = (await members(input, state)) as ErrorDefinition
    throw new FlowError(
      problemOf(type === undefined ? given : { ...given, type: expandUriTemplate(type, input) }),
      'raise'
    )
  }
}

/** The type of an error is a URI template. An expression gives the whole URI itself. */
function typeTemplate(type: unknown): UriTemplate | undefined {
  if (typeof type !== 'string' || stringFormOf(type).form !== 'literal' || !type.includes('{')) return undefined
  return parseUriTemplate(type)
}

function problemOf({ type, status, title, detail, instance }: ErrorDefinition): FlowProblem {
  const number = Number(status)
  if (!Number.isInteger(number) || number < MIN_STATUS || number > MAX_STATUS) {
    throw flowError(
      'expression',
      `The status of the raised error is not an HTTP status from ${MIN_STATUS} to ${MAX_STATUS}.`
    )
  }
  return {
    type: textOf('type', type) ?? 'about:blank',
    status: number,
    ...optional('title', title),
    ...optional('detail', detail),
    ...optional('instance', instance)
  }
}

function optional(name: 'title' | 'detail' | 'instance', value: unknown): Partial<FlowProblem> {
  const text = textOf(name, value)
  return text === undefined ? {} : { [name]: text }
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = scalarText(value)
  if (text === undefined) throw flowError('expression', `The ${name} of the raised error is not text.`)
  return text
}

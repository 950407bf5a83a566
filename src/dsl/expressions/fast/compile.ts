import type { Node } from '../syntax/ast.ts'
import { parse } from '../syntax/parse.ts'
import { field, index, members, slice } from './access.ts'
import { add, negate } from './arithmetic.ts'
import { binary } from './binary.ts'
import { builtin } from './builtins/index.ts'
import { type Code, collect, lift1, lift2, single, stream } from './code.ts'
import { bind, branch, foreach, pipe, reduce, tryCatch } from './control.ts'
import { locator, type Locator, type Within } from './locate.ts'
import { isConstant, objectOf } from './object.ts'
import type { Frame, Run } from './run.ts'
import { formatter } from './text.ts'
import { assign, modify, remove } from './update.ts'
import { recurse } from './values.ts'

/**
 * All outputs of a compiled source. Throws `RaisedValue` and `RaisedMessage` for jq's errors, and `HAND_OVER` where jq
 * itself has to answer.
 */
export type FastProgram = (input: unknown, run: Run) => unknown[]

/**
 * Compiles a source to closures; undefined where it needs jq. `run` receives the values of the variables in this order.
 */
export function compileFast(source: string, variables: readonly string[]): FastProgram | undefined {
  const tree = parse(source)
  if (tree === undefined) return undefined
  const code = compile(tree, { globals: variables, locals: undefined })
  if (code === undefined) return undefined
  return (input, run) => collect(code, input, { run, value: undefined, outer: undefined })
}

/** The names that are bound at a place in the source, innermost first. */
interface Scope {
  readonly globals: readonly string[]
  readonly locals: Locals | undefined
}

interface Locals {
  readonly name: string
  readonly outer: Locals | undefined
}

class Unsupported extends Error {}

function compile(tree: Node, scope: Scope): Code | undefined {
  try {
    return codeOf(tree, scope)
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

function codeOf(node: Node, scope: Scope): Code {
  const sub = (child: Node): Code => codeOf(child, scope)
  switch (node.kind) {
    case 'identity':
      return single((input) => input)
    case 'recurse':
      return recurse()
    case 'literal':
      return literal(node.value)
    case 'variable':
      return variable(node.name, scope)
    case 'text':
      return text(node, scope)
    case 'format':
      return format(node.name)
    case 'index':
      return indexing(node, scope)
    case 'slice':
      return slicing(node, scope)
    case 'iterate': {
      const each = stream((input, frame) => members(input, frame.run))
      return pipe(sub(node.target), node.optional ? tryCatch(each, undefined) : each)
    }
    case 'try':
      return tryCatch(sub(node.body), node.handler === undefined ? undefined : sub(node.handler))
    case 'pipe':
      return pipe(sub(node.left), sub(node.right))
    case 'comma': {
      const left = sub(node.left)
      const right = sub(node.right)
      return stream(function* (input, frame) {
        yield* left.many(input, frame)
        yield* right.many(input, frame)
      })
    }
    case 'binary':
      return binary(node.operator, sub(node.left), sub(node.right))
    case 'update': {
      const target = locatorOf(node.target, scope)
      return node.operator === '|=' ? modify(target, sub(node.value)) : assign(node.operator, target, sub(node.value))
    }
    case 'negate':
      return lift1(sub(node.body), (_input, value) => negate(value))
    case 'array': {
      const body = node.body === undefined ? undefined : sub(node.body)
      return single((input, frame) => (body === undefined ? [] : collect(body, input, frame)))
    }
    case 'object':
      return objectOf(
        node.entries.map(({ key, value }) => ({ key: isConstant(key) ? unsupported() : sub(key), value: sub(value) }))
      )
    case 'if':
      return branch(
        sub(node.condition),
        sub(node.consequence),
        node.otherwise === undefined ? undefined : sub(node.otherwise)
      )
    case 'bind':
      return bind(sub(node.source), codeOf(node.body, within(scope, node.pattern)))
    case 'reduce':
      return reduce(sub(node.source), sub(node.init), codeOf(node.update, within(scope, node.pattern))) ?? unsupported()
    case 'foreach': {
      const inner = within(scope, node.pattern)
      return (
        foreach(
          sub(node.source),
          sub(node.init),
          codeOf(node.update, inner),
          node.extract === undefined ? undefined : codeOf(node.extract, inner)
        ) ?? unsupported()
      )
    }
    case 'call':
      return pathCall(node, scope) ?? builtin(node.name, node.args.map(sub), node.args) ?? unsupported()
  }
}

/** Calls whose argument is a path expression. */
function pathCall(
  { name, args: [target, ...others] }: Extract<Node, { kind: 'call' }>,
  scope: Scope
): Code | undefined {
  if (target === undefined || others.length > 0) return undefined
  if (name === 'del') return remove(locatorOf(target, scope))
  if (name !== 'path') return undefined
  const locate = locatorOf(target, scope)
  return stream(function* (input, frame) {
    for (const { path } of locate({ path: [], value: input }, frame)) yield path
  })
}

function locatorOf(node: Node, scope: Scope): Locator {
  const inside = (names: Scope): Within => ({
    code: (child) => codeOf(child, names),
    locator: (child) => locator(child, inside(names)),
    bound: (name) => inside(within(names, name))
  })
  return locator(node, inside(scope)) ?? unsupported()
}

function unsupported(): never {
  throw new Unsupported()
}

function literal(value: unknown): Code {
  return single(() => value)
}

function within(scope: Scope, name: string): Scope {
  return { globals: scope.globals, locals: { name, outer: scope.locals } }
}

function variable(name: string, scope: Scope): Code {
  let depth = 0
  for (let local = scope.locals; local !== undefined; local = local.outer, depth++) {
    if (local.name === name) return localAt(depth)
  }
  const at = scope.globals.indexOf(name)
  if (at === -1) return unsupported()
  return single((_input, frame) => frame.run.values[at])
}

function localAt(depth: number): Code {
  return single((_input, frame) => {
    let found: Frame | undefined = frame
    for (let level = 0; level < depth; level++) found = found?.outer
    return found?.value
  })
}

function indexing({ target, key, optional }: Extract<Node, { kind: 'index' }>, scope: Scope): Code {
  if (key.kind === 'literal' && typeof key.value === 'string') {
    const name = key.value
    const access = single((input, frame) => field(input, name, frame.run))
    return pipe(codeOf(target, scope), optional ? tryCatch(access, undefined) : access)
  }
  return access(codeOf(target, scope), codeOf(key, scope), optional, (value, at, run) => index(value, at, run))
}

function slicing({ target, from, to, optional }: Extract<Node, { kind: 'slice' }>, scope: Scope): Code {
  const bound = (at: Node | undefined): Code => (at === undefined ? literal(null) : codeOf(at, scope))
  const bounds = lift2(bound(to), bound(from), (end, start) => [start, end] as const)
  return access(codeOf(target, scope), bounds, optional, (value, at, run) => {
    const [start, end] = at as readonly [unknown, unknown]
    return slice(value, start, end, run)
  })
}

/** The key is the outer loop, the target the inner. A `?` covers only the access itself. */
function access(
  target: Code,
  key: Code,
  optional: boolean,
  get: (value: unknown, key: unknown, run: Run) => unknown
): Code {
  if (!optional) return lift2(target, key, (value, at, frame) => get(value, at, frame.run))
  const pairs = lift2(target, key, (value, at) => [value, at] as const)
  return pipe(
    pairs,
    tryCatch(
      single((pair, frame) => {
        const [value, at] = pair as readonly [unknown, unknown]
        return get(value, at, frame.run)
      }),
      undefined
    )
  )
}

function format(name: string): Code {
  const write = formatter(name) ?? unsupported()
  return single((input, frame) => write(input, frame.run))
}

/** A text with interpolations. The last interpolation is the outermost loop. */
function text(node: Extract<Node, { kind: 'text' }>, scope: Scope): Code {
  const write = formatter(node.format ?? 'text') ?? unsupported()
  return node.parts.reduce<Code>((before, part) => {
    if (typeof part === 'string')
      return part === '' ? before : lift1(before, (_input, value, frame) => add(value, part, frame.run))
    const written = lift1(codeOf(part, scope), (_input, value, frame) => write(value, frame.run))
    return lift2(before, written, (a, b, frame) => add(a, b, frame.run))
  }, literal(''))
}

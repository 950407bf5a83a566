import type { Node } from '../syntax/ast.ts'
import { index, members } from './access.ts'
import type { Code } from './code.ts'
import { inner } from './control.ts'
import { charge, deeper, type Frame, handOver, RaisedMessage, RaisedValue } from './run.ts'
import { isObject, isTrue } from './values.ts'

export type Key = string | number
export type Path = readonly Key[]

/** A value and the way to it from the input. */
export interface Place {
  readonly path: Path
  readonly value: unknown
}

/** The places that an expression points at, relative to a given place: what `path(…)` returns. */
export type Locator = (from: Place, frame: Frame) => Iterable<Place>

/** Compiles the nodes within a path expression, as values and as places. `bound` has one more name in scope. */
export interface Within {
  code(node: Node): Code
  locator(node: Node): Locator | undefined
  bound(name: string): Within
}

/** The places of a path expression, or undefined for forms that are left to jq. */
export function locator(node: Node, within: Within): Locator | undefined {
  switch (node.kind) {
    case 'identity':
      return (from) => [from]
    case 'recurse':
      return walk
    case 'index': {
      const target = within.locator(node.target)
      const key = within.code(node.key)
      return target === undefined ? undefined : indexed(target, key, node.optional)
    }
    case 'iterate': {
      const target = within.locator(node.target)
      return target === undefined ? undefined : iterated(target, node.optional)
    }
    case 'pipe':
    case 'comma': {
      const left = within.locator(node.left)
      const right = within.locator(node.right)
      if (left === undefined || right === undefined) return undefined
      return node.kind === 'pipe' ? then(left, right) : both(left, right)
    }
    case 'if': {
      const yes = within.locator(node.consequence)
      const no = node.otherwise === undefined ? (from: Place) => [from] : within.locator(node.otherwise)
      return yes === undefined || no === undefined ? undefined : chosen(within.code(node.condition), yes, no)
    }
    case 'bind': {
      const body = within.bound(node.pattern).locator(node.body)
      return body === undefined ? undefined : withValue(within.code(node.source), body)
    }
    case 'call':
      return called(node.name, node.args, within)
    default:
      return undefined
  }
}

function called(name: string, [arg, ...others]: readonly Node[], within: Within): Locator | undefined {
  if (name === 'empty' && arg === undefined) return () => []
  if (name === 'recurse' && arg === undefined) return walk
  if (name !== 'select' || arg === undefined || others.length > 0) return undefined
  return chosen(
    within.code(arg),
    (from) => [from],
    () => []
  )
}

function step({ path, value }: Place, key: unknown, frame: Frame): Place {
  if (typeof key !== 'string' && typeof key !== 'number') return handOver()
  charge(frame.run, deeper(path.length))
  return { path: [...path, key], value: index(value, key, frame.run) }
}

function indexed(target: Locator, key: Code, optional: boolean): Locator {
  return function* (from, frame) {
    for (const name of key.many(from.value, frame)) {
      for (const place of target(from, frame)) {
        if (!optional) yield step(place, name, frame)
        else yield* attempt(() => [step(place, name, frame)])
      }
    }
  }
}

function iterated(target: Locator, optional: boolean): Locator {
  return function* (from, frame) {
    for (const place of target(from, frame)) {
      if (optional) yield* attempt(() => children(place, frame))
      else yield* children(place, frame)
    }
  }
}

function children(place: Place, frame: Frame): readonly Place[] {
  members(place.value, frame.run)
  const keys = Array.isArray(place.value) ? [...place.value.keys()] : Object.keys(place.value as object)
  return keys.map((key) => step(place, key, frame))
}

function* walk(from: Place, frame: Frame): Iterable<Place> {
  yield from
  if (Array.isArray(from.value) || isObject(from.value))
    for (const child of children(from, frame)) yield* walk(child, frame)
}

function then(left: Locator, right: Locator): Locator {
  return function* (from, frame) {
    for (const place of left(from, frame)) yield* right(place, frame)
  }
}

function both(left: Locator, right: Locator): Locator {
  return function* (from, frame) {
    yield* left(from, frame)
    yield* right(from, frame)
  }
}

function chosen(condition: Code, yes: Locator, no: Locator): Locator {
  return function* (from, frame) {
    for (const value of condition.many(from.value, frame)) {
      charge(frame.run, 1)
      yield* (isTrue(value) ? yes : no)(from, frame)
    }
  }
}

function withValue(source: Code, body: Locator): Locator {
  return function* (from, frame) {
    for (const value of source.many(from.value, frame)) yield* body(from, inner(frame, value))
  }
}

function attempt(locate: () => readonly Place[]): readonly Place[] {
  try {
    return locate()
  } catch (error) {
    if (error instanceof RaisedMessage || error instanceof RaisedValue) return []
    throw error
  }
}

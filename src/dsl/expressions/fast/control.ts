import { type Code, collect, single, stream } from './code.ts'
import { charge, type Frame, HAND_OVER, RaisedMessage, RaisedValue } from './run.ts'
import { isTrue } from './values.ts'

/** `left | right`. */
export function pipe(left: Code, right: Code): Code {
  const first = left.one
  const second = right.one
  if (first !== undefined && second !== undefined) return single((input, frame) => second(first(input, frame), frame))
  if (first !== undefined) return stream((input, frame) => right.many(first(input, frame), frame))
  return stream(function* (input, frame) {
    for (const value of left.many(input, frame)) {
      charge(frame.run, 1)
      if (second !== undefined) yield second(value, frame)
      else yield* right.many(value, frame)
    }
  })
}

/** The steps of a caught error: unwinding costs several times as much as an operation. */
const STEPS_A_CATCH = 10

/**
 * `try body catch handler`, and `body?` without a handler. Catches errors of the body only, not errors of what its
 * outputs flow into.
 */
export function tryCatch(body: Code, handler: Code | undefined): Code {
  return stream(function* (input, frame) {
    let outputs: Iterator<unknown> | undefined
    for (;;) {
      let next: IteratorResult<unknown>
      try {
        outputs ??= body.many(input, frame)[Symbol.iterator]()
        next = outputs.next()
      } catch (error) {
        charge(frame.run, STEPS_A_CATCH)
        if (error instanceof RaisedMessage && handler === undefined) return
        if (!(error instanceof RaisedValue)) throw error instanceof RaisedMessage ? HAND_OVER : error
        if (handler !== undefined) yield* handler.many(error.value, frame)
        return
      }
      if (next.done === true) return
      yield next.value
    }
  })
}

/**
 * `left // right`: the outputs of `left` that are neither null nor false, or the outputs of `right` where there is
 * none.
 */
export function alternative(left: Code, right: Code): Code {
  const first = left.one
  const second = right.one
  if (first !== undefined && second !== undefined) {
    return single((input, frame) => {
      const value = unerring(() => first(input, frame))
      return isTrue(value) ? value : second(input, frame)
    })
  }
  return stream(function* (input, frame) {
    let found = false
    for (const value of unerring(() => collect(left, input, frame))) {
      charge(frame.run, 1)
      if (!isTrue(value)) continue
      found = true
      yield value
    }
    if (!found) yield* right.many(input, frame)
  })
}

/** Versions of jq differ in how they treat an error on the left of `//`, so it is left to jq. */
function unerring<T>(evaluate: () => T): T {
  try {
    return evaluate()
  } catch (error) {
    throw error instanceof RaisedMessage || error instanceof RaisedValue ? HAND_OVER : error
  }
}

export function and(left: Code, right: Code): Code {
  return connective(left, right, false)
}

export function or(left: Code, right: Code): Code {
  return connective(left, right, true)
}

/** `and` and `or`: the right side is not evaluated where the left one decides. */
function connective(left: Code, right: Code, decides: boolean): Code {
  const first = left.one
  const second = right.one
  if (first !== undefined && second !== undefined) {
    return single((input, frame) => (isTrue(first(input, frame)) === decides ? decides : isTrue(second(input, frame))))
  }
  return stream(function* (input, frame) {
    for (const value of left.many(input, frame)) {
      charge(frame.run, 1)
      if (isTrue(value) === decides) yield decides
      else for (const other of right.many(input, frame)) yield isTrue(other)
    }
  })
}

/** `if condition then … else … end`. Without `else`, the output is the input. */
export function branch(condition: Code, then: Code, otherwise: Code | undefined): Code {
  const test = condition.one
  const yes = then.one
  const no = otherwise === undefined ? (input: unknown) => input : otherwise.one
  if (test !== undefined && yes !== undefined && no !== undefined) {
    return single((input, frame) => (isTrue(test(input, frame)) ? yes(input, frame) : no(input, frame)))
  }
  return stream(function* (input, frame) {
    for (const value of condition.many(input, frame)) {
      charge(frame.run, 1)
      if (isTrue(value)) yield* then.many(input, frame)
      else if (otherwise === undefined) yield input
      else yield* otherwise.many(input, frame)
    }
  })
}

/** `source as $name | body`. */
export function bind(source: Code, body: Code): Code {
  const first = source.one
  const second = body.one
  if (first !== undefined && second !== undefined)
    return single((input, frame) => second(input, inner(frame, first(input, frame))))
  return stream(function* (input, frame) {
    for (const value of source.many(input, frame)) {
      charge(frame.run, 1)
      yield* body.many(input, inner(frame, value))
    }
  })
}

/**
 * `reduce source as $name (init; update)`: the last output of an update is the next state; an update without output
 * makes it null. Several initial states are left to jq.
 */
export function reduce(source: Code, { one: init }: Code, update: Code): Code | undefined {
  if (init === undefined) return undefined
  return single((input, frame) => {
    let state = init(input, frame)
    for (const value of source.many(input, frame)) {
      charge(frame.run, 1)
      const scope = inner(frame, value)
      if (update.one !== undefined) state = update.one(state, scope)
      else {
        const before = state
        state = null
        for (const output of update.many(before, scope)) {
          charge(frame.run, 1)
          state = output
        }
      }
    }
    return state
  })
}

/**
 * `foreach source as $name (init; update; extract)`: passes every output of an update, which is the next state, through
 * `extract`. Several initial states are left to jq.
 */
export function foreach(source: Code, { one: init }: Code, update: Code, extract: Code | undefined): Code | undefined {
  if (init === undefined) return undefined
  return stream(function* (input, frame) {
    let state = init(input, frame)
    for (const value of source.many(input, frame)) {
      const scope = inner(frame, value)
      const before = state
      state = null
      for (const output of update.many(before, scope)) {
        charge(frame.run, 1)
        state = output
        if (extract === undefined) yield output
        else yield* extract.many(output, scope)
      }
    }
  })
}

/** The frame of a body in which one more variable is bound to a value. */
export function inner(frame: Frame, value: unknown): Frame {
  return { run: frame.run, value, outer: frame }
}

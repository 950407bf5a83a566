import type { BinaryOperator } from '../syntax/ast.ts'
import { add, divide, multiply, remainder, subtract } from './arithmetic.ts'
import { type Code, lift2 } from './code.ts'
import { alternative, and, or } from './control.ts'
import type { Run } from './run.ts'
import { compare, equal } from './values.ts'

const CALCULATIONS: Readonly<
  Record<Exclude<BinaryOperator, 'and' | 'or' | '//'>, (left: unknown, right: unknown, run: Run) => unknown>
> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
  '==': equal,
  '!=': (left, right, run) => !equal(left, right, run),
  '<': (left, right, run) => compare(left, right, run) < 0,
  '<=': (left, right, run) => compare(left, right, run) <= 0,
  '>': (left, right, run) => compare(left, right, run) > 0,
  '>=': (left, right, run) => compare(left, right, run) >= 0
}

/** The code of `left operator right`. */
export function binary(operator: BinaryOperator, left: Code, right: Code): Code {
  if (operator === 'and') return and(left, right)
  if (operator === 'or') return or(left, right)
  if (operator === '//') return alternative(left, right)
  const calculate = CALCULATIONS[operator]
  return lift2(left, right, (a, b, frame) => calculate(a, b, frame.run))
}

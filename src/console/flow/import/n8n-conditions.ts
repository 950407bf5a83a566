import { isRecord } from '../tasks.ts'
import { text, valueAt } from '../outline.ts'
import { jqOf, type RefOf } from './n8n-expressions.ts'

const COMPARE: Readonly<Record<string, (a: string, b: string) => string>> = {
  equal: (a, b) => `${a} == ${b}`,
  equals: (a, b) => `${a} == ${b}`,
  notEqual: (a, b) => `${a} != ${b}`,
  notEquals: (a, b) => `${a} != ${b}`,
  smaller: (a, b) => `${a} < ${b}`,
  lt: (a, b) => `${a} < ${b}`,
  smallerEqual: (a, b) => `${a} <= ${b}`,
  lte: (a, b) => `${a} <= ${b}`,
  larger: (a, b) => `${a} > ${b}`,
  gt: (a, b) => `${a} > ${b}`,
  largerEqual: (a, b) => `${a} >= ${b}`,
  gte: (a, b) => `${a} >= ${b}`,
  contains: (a, b) => `(${a} | contains(${b}))`,
  notContains: (a, b) => `(${a} | contains(${b}) | not)`,
  startsWith: (a, b) => `(${a} | startswith(${b}))`,
  endsWith: (a, b) => `(${a} | endswith(${b}))`,
  isEmpty: (a) => `((${a} // "") | length == 0)`,
  empty: (a) => `((${a} // "") | length == 0)`,
  isNotEmpty: (a) => `((${a} // "") | length > 0)`,
  notEmpty: (a) => `((${a} // "") | length > 0)`,
  exists: (a) => `${a} != null`,
  notExists: (a) => `${a} == null`,
  true: (a) => `${a} == true`,
  false: (a) => `${a} == false`
}

/** The condition of an IF node or of a rule, in jq; undefined where a part of it has no translation. */
export function conditionOf(parameters: unknown, refOf: RefOf): string | undefined {
  const conditions = valueAt(parameters, 'conditions')
  const newer = valueAt(conditions, 'conditions')
  const all = Array.isArray(newer)
    ? (newer as unknown[]).map((each) =>
        compared(
          text(valueAt(each, 'operator', 'operation')),
          valueAt(each, 'leftValue'),
          valueAt(each, 'rightValue'),
          refOf
        )
      )
    : isRecord(conditions)
      ? Object.entries(conditions).flatMap(([type, list]) =>
          Array.isArray(list)
            ? (list as unknown[]).map((each) =>
                compared(
                  text(valueAt(each, 'operation') ?? (type === 'number' ? 'smaller' : 'equal')),
                  valueAt(each, 'value1'),
                  valueAt(each, 'value2'),
                  refOf
                )
              )
            : []
        )
      : []
  if (all.length === 0 || all.includes(undefined)) return undefined
  const any = valueAt(conditions, 'combinator') === 'or' || valueAt(parameters, 'combineOperation') === 'any'
  return all.join(any ? ' or ' : ' and ')
}

/** The comparison of two parameters in jq; undefined if the operation or an operand has no translation. */
export function compared(operation: string, left: unknown, right: unknown, refOf: RefOf): string | undefined {
  const write = COMPARE[operation]
  const a = operand(left, refOf)
  const b = operand(right ?? '', refOf)
  return write && a !== undefined && b !== undefined ? write(a, b) : undefined
}

function operand(value: unknown, refOf: RefOf): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('=')) return JSON.stringify(value)
  const code = /^=\s*\{\{([^]*?)\}\}\s*$/.exec(value)?.[1]
  return code === undefined ? JSON.stringify(value.slice(1)) : jqOf(code, refOf)
}

import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml'
import { type ExactNumber, exactNumber } from '../lib/exact-number.ts'
import { type Json, setOwn } from '../lib/json.ts'

const DECIMAL = /^([-+]?)([0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?$/
const WHOLE_OF_OTHER_BASE = /^0[xo][0-9a-fA-F]+$/
/** The types that YAML's core schema has in common with JSON. */
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$|^!$/

/** The JSON data of a YAML document without aliases, with all digits of its numbers. */
export function dataOf(node: Node | null): unknown {
  if (isMap(node)) {
    const members: Json = {}
    for (const { key, value } of node.items)
      setOwn(members, String(isScalar(key) ? key.value : key), dataOf(value as Node | null))
    return members
  }
  if (isSeq(node)) return node.items.map((item) => dataOf(item as Node | null))
  return isScalar(node) ? scalarOf(node) : null
}

/** The tag of a node if it stands for a type that JSON does not have, else undefined. */
export function foreignTag({ tag }: { tag?: string | undefined }): string | undefined {
  return tag === undefined || CORE_TAG.test(tag) ? undefined : tag
}

function scalarOf({ value, source }: Scalar): unknown {
  return typeof value === 'number' && source !== undefined ? (digitsOf(source) ?? value) : value
}

function digitsOf(source: string): number | ExactNumber | undefined {
  if (WHOLE_OF_OTHER_BASE.test(source)) return exactNumber(BigInt(source).toString())
  const [match, sign, whole, fraction, exponent = ''] = DECIMAL.exec(source) ?? []
  if (match === undefined) return undefined
  return exactNumber(`${sign === '-' ? '-' : ''}${whole || '0'}${fraction === '.' ? '' : (fraction ?? '')}${exponent}`)
}

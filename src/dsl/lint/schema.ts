import { isObject, own } from '../../lib/json.ts'
import { schemaBoundFault } from '../json-schema/bounds.ts'
import { type Check, matching, object, refused, required } from './combinators.ts'
import { transform } from './values.ts'

const format = matching(/^json(?::.+)?$/, 'Only JSON Schema is known here: leave "format" out or write "json".')

/** A JSON Schema in the document. It is compiled later, on another thread, to find its other faults. */
const schema: Check = (value, place, lint) => {
  const before = lint.faults.length
  object({
    format,
    document: required(() => undefined),
    resource: refused('A schema is not fetched from elsewhere: write it in "document".')
  })(value, place, lint)
  if (lint.faults.length > before || !isObject(value)) return
  const document = own(value, 'document')
  const pointer = `${place.pointer}/document`
  if (typeof document !== 'boolean' && !isObject(document))
    return lint.fault(pointer, 'Must be a JSON Schema: an object, true or false.')
  const fault = schemaBoundFault(document)
  if (fault === undefined) lint.schema(document, pointer)
  else lint.fault(pointer + fault.pointer, `The schema cannot be used: ${fault.message}`)
}

const withExtra =
  (check: Check, ...extra: readonly ('output' | 'secrets')[]): Check =>
  (value, place, lint) =>
    check(value, { ...place, extra: [...place.extra, ...extra] }, lint)

export const input: Check = object({ schema, from: transform })
/** Only the arguments of a call may read secrets. */
export const callInput: Check = object({ schema, from: withExtra(transform, 'secrets') })
export const output: Check = object({ schema, as: withExtra(transform, 'output') })
export const exported: Check = object({ schema, as: withExtra(transform, 'output') })

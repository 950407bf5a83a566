/**
 * The patterns that a sink may name: the type of an event, such as `order.placed`; all types below a prefix, such as
 * `order.*`; or `*` for every type.
 */
export const TYPE_PATTERN = '^(?:\\*|[^\\s*\\u0000-\\u001f]+(?:\\.\\*)?)$'

/**
 * The SQL condition that a sink takes events of a type.
 * @param types the column of its types; empty = every type
 * @param type the expression of the event's type
 */
export function takesType(types: string, type: string): string {
  return `(cardinality(${types}) = 0 or exists (
    select from unnest(${types}) as pattern
     where pattern in (${type}, '*') or (right(pattern, 2) = '.*' and starts_with(${type}, left(pattern, -1)))))`
}

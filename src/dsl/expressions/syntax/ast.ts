/**
 * The subset of jq that the fast path reads, as a tree. `optional` is a `?` that covers this access alone, not its
 * target.
 */
export type Node =
  | { kind: 'identity' }
  | { kind: 'recurse' }
  | { kind: 'literal'; value: null | boolean | number | string }
  | { kind: 'variable'; name: string }
  | { kind: 'text'; parts: readonly (string | Node)[]; format: string | undefined }
  | { kind: 'format'; name: string }
  | { kind: 'index'; target: Node; key: Node; optional: boolean }
  | { kind: 'slice'; target: Node; from: Node | undefined; to: Node | undefined; optional: boolean }
  | { kind: 'iterate'; target: Node; optional: boolean }
  | { kind: 'try'; body: Node; handler: Node | undefined }
  | { kind: 'pipe'; left: Node; right: Node }
  | { kind: 'comma'; left: Node; right: Node }
  | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node }
  | { kind: 'update'; operator: UpdateOperator; target: Node; value: Node }
  | { kind: 'negate'; body: Node }
  | { kind: 'array'; body: Node | undefined }
  | { kind: 'object'; entries: readonly { key: Node; value: Node }[] }
  | { kind: 'if'; condition: Node; consequence: Node; otherwise: Node | undefined }
  | { kind: 'reduce'; source: Node; pattern: Pattern; init: Node; update: Node }
  | { kind: 'foreach'; source: Node; pattern: Pattern; init: Node; update: Node; extract: Node | undefined }
  | { kind: 'bind'; source: Node; pattern: Pattern; body: Node }
  | { kind: 'call'; name: string; args: readonly Node[] }

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'and' | 'or' | '//'

export type UpdateOperator = '=' | '|=' | '+=' | '-=' | '*=' | '/=' | '%=' | '//='

/** The pattern after `as`. The fast path binds only plain names. */
export type Pattern = string

import { IMPURE } from '../syntax/purity.ts'

const SHADOWS = Object.keys(IMPURE)
  .flatMap((name) =>
    ['', '(_)'].map((parameter) => `def ${name}${parameter}: error("${name} is not available in a flow");`)
  )
  .join('')

/**
 * One jq program for several sources, read over `{ i: input, v: [values of the variables, in order] }`. Its one output is
 * `{ v: [outputs of each source] }`, or `{ e: the error }` as the value jq raised.
 *
 * Sources that pass `check` are whole jq queries, which stay themselves between parentheses. The two line ends close a comment
 * at a source's end, also one that a backslash carries on to the next line. The definitions take away what is not pure.
 */
export function fuse(sources: readonly string[], variables: readonly string[]): string {
  const bindings = variables.length === 0 ? '' : `.v as [${variables.map((name) => `$${name}`).join(',')}]|`
  const outputs = sources.map((source) => `[(${source}\n\n)]`).join(',')
  return `${SHADOWS}{} as $ENV|${bindings}try {v:(.i|[${outputs}])} catch {e:.}`
}

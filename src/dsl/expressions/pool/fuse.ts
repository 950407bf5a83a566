import { IMPURE } from '../syntax/purity.ts'

const SHADOWS = Object.keys(IMPURE).map((name) => ({
  name,
  definitions: ['', '(_)']
    .map((parameter) => `def ${name}${parameter}: error("${name} is not available in a flow");`)
    .join('')
}))

/**
 * jq's own `fromdate` reads only whole seconds, but most programs write times with a fraction. This one reads both, and
 * times that jq reads give the same result.
 */
const FROM_DATE =
  'def fromdateiso8601: (if type == "string" and endswith("Z") then rtrimstr("Z") | split(".") else [] end) as $parts' +
  '|if ($parts | length) == 2 then ($parts[0] + "Z" | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime) + ("0." + $parts[1] | ' +
  'tonumber) else strptime("%Y-%m-%dT%H:%M:%SZ") | mktime end;def fromdate: fromdateiso8601;'

/**
 * One jq program for several sources. It reads `{ i: input, v: [values of the variables, in order] }`. Its one output
 * is `{ v: [outputs of each source] }`, or `{ e: the error }` with the value that jq raised.
 *
 * Sources that pass `check` are whole jq queries, so parentheses keep them apart. Two line ends close a comment at the
 * end of a source, even if a backslash continues the comment on the next line. The definitions replace functions that
 * are not pure, but only those that a source names, because each takes time to compile.
 */
export function fuse(sources: readonly string[], variables: readonly string[]): string {
  const bindings = variables.length === 0 ? '' : `.v as [${variables.map((name) => `$${name}`).join(',')}]|`
  const outputs = sources.map((source) => `[(${source}\n\n)]`).join(',')
  const dates = sources.some((source) => source.includes('fromdate')) ? FROM_DATE : ''
  const shadows = SHADOWS.filter(({ name }) => sources.some((source) => source.includes(name)))
  const definitions = shadows.map((shadow) => shadow.definitions).join('') + dates
  return `${definitions}{} as $ENV|${bindings}try {v:(.i|[${outputs}])} catch {e:.}`
}

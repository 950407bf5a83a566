/**
 * The first code in the context of every script. Creates the globals, and keeps the original functions that the end of
 * the script needs, so that the script cannot replace them. Arguments in an object become globals by name; arguments in
 * an array become the tail of `process.argv`.
 */
export const BOOTSTRAP = `(given, args, print) => {
  const { parse, stringify } = JSON
  const { stdin, environment } = parse(given)
  const values = parse(args)
  const list = Array.isArray(values) ? values : []
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  const text = value =>
    typeof value === 'string' ? value : value instanceof Error ? String(value) : stringify(value) ?? String(value)
  const line = stream => (...parts) => print(stream, parts.map(text).join(' '))
  const out = line('stdout')
  const err = line('stderr')
  const argv = ['node', 'script.js', ...list.map(text)]
  define(globalThis, 'console', { log: out, info: out, debug: out, warn: err, error: err })
  define(globalThis, 'process', { argv, env: environment, stdin: { fd: 0, text: stdin } })
  if (!Array.isArray(values)) for (const name of Object.keys(values)) define(globalThis, name, values[name])
  return { arguments: values, stringify: value => stringify(value) ?? 'null' }
}`

/** The only module: standard input, as programs for Node read it. */
export const FILE_SYSTEM_MODULE = `
export function readFileSync(file) {
  if (file !== 0 && file !== '/dev/stdin') throw new Error('a script can read its standard input only')
  return process.stdin.text
}
export default { readFileSync }
`

/**
 * The first code in every script's context: makes its globals, and keeps the originals of what the end needs, so that a script cannot
 * change them under it. Arguments given as an object become globals by name; given as an array, the tail of `process.argv`.
 */
export const BOOTSTRAP = `(given, args, print) => {
  const { parse, stringify } = JSON
  const { stdin, environment } = parse(given)
  const values = parse(args)
  const list = Array.isArray(values) ? values : []
  const define = (target, name, value) => Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  const text = value => typeof value === 'string' ? value : value instanceof Error ? String(value) : stringify(value) ?? String(value)
  const line = stream => (...parts) => print(stream, parts.map(text).join(' '))
  define(globalThis, 'console', { log: line('stdout'), info: line('stdout'), debug: line('stdout'), warn: line('stderr'), error: line('stderr') })
  define(globalThis, 'process', { argv: ['node', 'script.js', ...list.map(text)], env: environment, stdin: { fd: 0, text: stdin } })
  if (!Array.isArray(values)) for (const name of Object.keys(values)) define(globalThis, name, values[name])
  return { arguments: values, stringify: value => stringify(value) ?? 'null' }
}`

/** The one module there is: standard input, as Node's programs read it. */
export const FILE_SYSTEM_MODULE = `
export function readFileSync(file) {
  if (file !== 0 && file !== '/dev/stdin') throw new Error('a script can read its standard input only')
  return process.stdin.text
}
export default { readFileSync }
`

/**
 * The first code in the context of every script. Creates the globals, and keeps the original functions that the end of
 * the script needs, so that the script cannot replace them. Arguments in an object become globals by name; arguments in
 * an array become the tail of `process.argv`. Integers that no double holds become BigInts; other numbers that no
 * double holds become texts. If the script returns one of them, it is the same number again. The library is the global
 * `sluice`, unless an argument has that name.
 */
export const BOOTSTRAP = `(given, args, print, mark, integer, library) => {
  const { parse, stringify } = JSON
  const { stdin, environment } = parse(given)
  // The texts that stand for numbers with more digits than a double has.
  const decimals = { __proto__: null }
  const revive = (key, value) => {
    if (typeof value !== 'string' || !value.startsWith(mark)) return value
    const number = value.slice(mark.length)
    if (number.startsWith(integer)) return BigInt(number.slice(integer.length))
    decimals[number] = true
    return number
  }
  const numbers = (key, value) =>
    typeof value === 'bigint' || (typeof value === 'string' && decimals[value] === true) ? mark + value : value
  const unmarked = json =>
    json.split('"' + mark).map((part, index) => (index === 0 ? part : part.replace('"', ''))).join('')
  const values = args.includes(mark) ? parse(args, revive) : parse(args)
  const list = Array.isArray(values) ? values : []
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  const text = value =>
    typeof value === 'string' || value instanceof Error ? String(value) : stringify(value, numbers) ?? String(value)
  const line = stream => (...parts) => print(stream, parts.map(text).join(' '))
  const out = line('stdout')
  const err = line('stderr')
  const argv = ['node', 'script.js', ...list.map(value => unmarked(text(value)))]
  define(globalThis, 'console', { log: out, info: out, debug: out, warn: err, error: err })
  define(globalThis, 'process', { argv, env: environment, stdin: { fd: 0, text: stdin } })
  define(globalThis, 'sluice', library)
  if (!Array.isArray(values)) for (const name of Object.keys(values)) define(globalThis, name, values[name])
  return { arguments: values, stringify: value => stringify(value, numbers) ?? 'null' }
}`

/** The only module. It reads the standard input, in the way that programs for Node do. */
export const FILE_SYSTEM_MODULE = `
export function readFileSync(file) {
  if (file !== 0 && file !== '/dev/stdin') throw new Error('a script can read its standard input only')
  return process.stdin.text
}
export default { readFileSync }
`

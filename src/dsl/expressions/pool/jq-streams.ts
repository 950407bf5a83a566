/**
 * The input and output of jq, in place of Emscripten's files. Those call several functions for each byte, and do not
 * tell which input jq has finished.
 */
export interface JqStreams {
  /**
   * Sets what jq reads next. Each call of `next` returns one JSON text without its line end, or undefined at the end.
   * When jq asks for the next text, it has written all its output for the one before.
   */
  readFrom(next: () => string | undefined): void
  /** What jq has written since the last call. */
  take(): { stdout: string; stderr: string }
}

/** The functions of WASI (preview 1) by which a C library reads and writes, under Emscripten's names. */
const READ = '_fd_read'
const WRITE = '_fd_write'
const STDOUT = 1
const STDERR = 2
/** The size of an entry in a list of buffers: an address and a length. */
const POINTER_BYTES = 4
const BUFFER_BYTES = 2 * POINTER_BYTES
const NOTHING = Buffer.alloc(0)

/**
 * Replaces the functions in the imports of a jq that is about to be instantiated.
 * @param memory the memory of the instance, which changes as it grows
 * @throws Error where the imports have no such functions
 */
export function replaceStreams(imports: WebAssembly.Imports, memory: () => ArrayBuffer): JqStreams {
  let next: () => string | undefined = () => undefined
  let unread = NOTHING
  const written: Record<number, Buffer[]> = { [STDOUT]: [], [STDERR]: [] }

  /** Passes each buffer of a list to `use`, which returns how many bytes it used, and stores the sum at `sum`. */
  const transfer = (list: number, count: number, sum: number, use: (buffer: Buffer) => number): number => {
    const buffer = memory()
    const view = new DataView(buffer)
    let bytes = 0
    for (let index = 0; index < count; index++) {
      const at = list + index * BUFFER_BYTES
      bytes += use(Buffer.from(buffer, view.getUint32(at, true), view.getUint32(at + POINTER_BYTES, true)))
    }
    view.setUint32(sum, bytes, true)
    return 0
  }
  const replacements: Record<string, unknown> = {
    [READ]: (_file: number, list: number, count: number, sum: number) => {
      if (unread.length === 0) {
        const text = next()
        unread = text === undefined ? NOTHING : Buffer.from(`${text}\n`)
      }
      return transfer(list, count, sum, (buffer) => {
        const bytes = unread.copy(buffer)
        unread = unread.subarray(bytes)
        return bytes
      })
    },
    [WRITE]: (file: number, list: number, count: number, sum: number) =>
      transfer(list, count, sum, (buffer) => {
        // A copy, because jq uses its buffer again.
        if (buffer.length > 0) written[file]?.push(Buffer.from(buffer))
        return buffer.length
      })
  }
  const replaced = new Set<string>()
  for (const functions of Object.values(imports))
    for (const [key, original] of Object.entries(functions))
      if (typeof original === 'function' && Object.hasOwn(replacements, original.name)) {
        functions[key] = replacements[original.name]
        replaced.add(original.name)
      }
  if (replaced.size !== Object.keys(replacements).length) throw new Error('jq does not read and write as expected')

  const taken = (file: number): string => Buffer.concat(written[file]?.splice(0) ?? []).toString()
  return {
    readFrom: (texts) => {
      next = texts
      unread = NOTHING
      for (const file of [STDOUT, STDERR]) written[file]?.splice(0)
    },
    take: () => ({ stdout: taken(STDOUT), stderr: taken(STDERR) })
  }
}

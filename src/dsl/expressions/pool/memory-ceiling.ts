const PAGE_BYTES = 64 * 1024
const MEMORY_SECTION = 5
const HEADER_BYTES = 8

/**
 * Lowers the maximum in the memory section of a WebAssembly module (WebAssembly core specification, section 5.5.8). The
 * engine itself then refuses to grow the memory further, and no code inside can get around it.
 * @throws Error where the module has no memory section, more than one memory, or ends early.
 */
export function withMemoryCeiling(wasm: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  let at = HEADER_BYTES
  while (at < wasm.length) {
    const [size, body] = readUnsigned(wasm, at + 1)
    if (wasm[at] === MEMORY_SECTION) return replaceSection(wasm, at, body, size, maxBytes)
    at = body + size
  }
  throw new Error('the module has no memory section')
}

function replaceSection(
  wasm: Uint8Array,
  start: number,
  body: number,
  size: number,
  maxBytes: number
): Uint8Array<ArrayBuffer> {
  const [count, flagsAt] = readUnsigned(wasm, body)
  const flags = wasm[flagsAt]
  const [minPages] = readUnsigned(wasm, flagsAt + 1)
  if (count !== 1 || flags === undefined) throw new Error('the module has more than one memory')
  const maxPages = Math.max(minPages, Math.floor(maxBytes / PAGE_BYTES))
  const limits = [count, flags | 1, ...writeUnsigned(minPages), ...writeUnsigned(maxPages)]
  const section = [MEMORY_SECTION, ...writeUnsigned(limits.length), ...limits]
  const rest = wasm.subarray(body + size)
  // Copied as blocks: a spread would make a list of a million numbers each time a thread starts.
  const lowered = new Uint8Array(start + section.length + rest.length)
  lowered.set(wasm.subarray(0, start))
  lowered.set(section, start)
  lowered.set(rest, start + section.length)
  return lowered
}

/** An unsigned LEB128 number and the index after it. */
function readUnsigned(bytes: Uint8Array, start: number): [value: number, next: number] {
  let value = 0
  let scale = 1
  for (let at = start; ; at++, scale *= 128) {
    const byte = bytes[at]
    if (byte === undefined) throw new Error('the module ends within a number')
    value += (byte & 127) * scale
    if (byte < 128) return [value, at + 1]
  }
}

function writeUnsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
  } while (rest > 0)
  return bytes
}

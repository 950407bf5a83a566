/**
 * The code that creates `sluice` in the context of a script. `ask(name, arguments)` takes and returns JSON text, so
 * that no object of this process reaches the script. Bytes are texts with one character for each byte.
 */
export const LIBRARY = `ask => {
  const { parse, stringify } = JSON
  const { freeze } = Object
  const { fromCharCode } = String
  const { apply } = Reflect
  const { isView } = ArrayBuffer
  const [Bytes, Buffer, Fault] = [Uint8Array, ArrayBuffer, TypeError]
  const CHUNK = 8192
  const data = value => {
    if (typeof value === 'string') return { text: value }
    const bytes =
      value instanceof Buffer ? new Bytes(value)
      : isView(value) ? new Bytes(value.buffer, value.byteOffset, value.byteLength)
      : undefined
    if (bytes === undefined) throw new Fault('the data is neither text nor bytes (Uint8Array, ArrayBuffer)')
    let text = ''
    for (let at = 0; at < bytes.length; at += CHUNK) text += apply(fromCharCode, null, bytes.subarray(at, at + CHUNK))
    return { bytes: text }
  }
  const exact = (key, value) => (typeof value === 'bigint' ? String(value) : value)
  const call = (name, ...given) => {
    const { value, bytes, fault } = parse(ask(name, stringify(given, exact)))
    if (fault !== undefined) throw new Fault(fault)
    if (bytes === undefined) return value
    const array = new Bytes(bytes.length)
    for (let at = 0; at < bytes.length; at++) array[at] = bytes.charCodeAt(at)
    return array
  }
  return freeze({
    sha256: (value, encoding = 'hex') => call('digest', 'sha256', data(value), encoding),
    sha512: (value, encoding = 'hex') => call('digest', 'sha512', data(value), encoding),
    hmac: (algorithm, key, value, encoding = 'hex') => call('hmac', algorithm, data(key), data(value), encoding),
    base64: freeze({
      encode: (value, variant = 'base64') => call('encode', data(value), variant),
      decode: (text, as = 'text') => call('decode', text, 'base64', as)
    }),
    hex: freeze({
      encode: value => call('encode', data(value), 'hex'),
      decode: (text, as = 'text') => call('decode', text, 'hex', as)
    }),
    timingSafeEqual: (a, b) => call('timingSafeEqual', data(a), data(b)),
    xml: freeze({ parse: text => call('xml.parse', text), format: value => call('xml.format', value) }),
    csv: freeze({
      parse: (text, options = null) => call('csv.parse', text, options),
      format: (rows, options = null) => call('csv.format', rows, options)
    }),
    url: freeze({ parse: text => call('url.parse', String(text)), format: parts => call('url.format', parts) }),
    uuid: () => call('uuid')
  })
}`

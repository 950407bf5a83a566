/** Text or bytes from a script. Each character of `bytes` is one byte. */
export type Data = { text: string } | { bytes: string }

/** The result of a function of the library: JSON data, or bytes. */
export type Answer = { value: unknown } | { bytes: string }

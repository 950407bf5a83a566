/** Text or bytes as a script hands them over. Each character of `bytes` is one byte. */
export type Data = { text: string } | { bytes: string }

/** What a function of the library gives back: JSON data, or bytes. */
export type Answer = { value: unknown } | { bytes: string }

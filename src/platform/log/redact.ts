const MASK = '[masked]'
/** Limits of a line: everything beyond them is omitted, so that no object can flood the log. */
const MAX_DEPTH = 8
const MAX_VALUES = 500
const MAX_TEXT = 8_192

/**
 * Names of fields that contain a credential, in lower case without `-` and `_`: `x-api-key`, `newPassword`,
 * `access_token`, but not `tokenId`.
 */
const CREDENTIAL_NAME =
  /(?:password|passphrase|secret|token|authorization|cookies?|credentials?|apikey|privatekey)(?:hash|pem)?$/

/**
 * Text that is a credential anywhere: our opaque tokens (longer than the 12 characters that lists show), the codes of
 * links, JWTs, the user part of a URL, the credentials after an authentication scheme, and parameters by name. The flag
 * `i` is not used, because it doubles the cost of a line. No alternative can make the expression backtrack.
 */
const CREDENTIAL_TEXT = new RegExp(
  [
    /sl[cms]_[0-9A-Za-z]{9,}/,
    /\/links\/[\w-]{43}/,
    /eyJ[\w-]{10,}(?:\.[\w-]*)*/,
    /:\/\/[^\s"/]+@/,
    /(?:[Bb]asic|BASIC|[Bb]earer|BEARER) +[\w+/=.~-]{8,}/,
    /(?:[Tt]oken|TOKEN|[Pp]assword|PASSWORD|[Ss]ecret|SECRET|[Aa]pi_?[Kk]ey)=[^&\s"\\]+/
  ]
    .map(({ source }) => source)
    .join('|'),
  'g'
)

/** Masks text that looks like a credential. It reads complete lines as they are written, so no text can bypass it. */
export function maskText(line: string): string {
  return line.replace(CREDENTIAL_TEXT, MASK)
}

/**
 * Returns a copy for the log: fields named like a credential are masked at any depth, and errors are reduced to their
 * type, message, code, stack and causes.
 */
export function maskFields(fields: object): Record<string, unknown> {
  let values = 0

  function maskObject(object: object, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(object)) {
      if (value === undefined || typeof value === 'function') continue
      if (++values > MAX_VALUES) break
      copy[name] = isCredential(name, value) ? MASK : mask(value, depth + 1)
    }
    return copy
  }

  function mask(value: unknown, depth: number): unknown {
    if (typeof value === 'string' && value.length > MAX_TEXT) return `${value.slice(0, MAX_TEXT)}…`
    if (typeof value !== 'object' || value === null) return value
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) return '[left out]'
    if (value instanceof Error) return describeError(value, (cause) => mask(cause, depth + 1))
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (Array.isArray(value)) return value.slice(0, MAX_VALUES).map((item) => mask(item, depth + 1))
    // `toJSON` of a Secret returns its mask, that of a Date its time.
    if ('toJSON' in value && typeof value.toJSON === 'function') return mask(value.toJSON(), depth + 1)
    return maskObject(value, depth)
  }

  return maskObject(fields, 0)
}

function isCredential(name: string, value: unknown): boolean {
  return value !== null && typeof value !== 'boolean' && CREDENTIAL_NAME.test(name.toLowerCase().replace(/[-_]/g, ''))
}

/** Other fields of an error are never logged: drivers put queries, rows and connection options there. */
function describeError(error: Error, describe: (cause: unknown) => unknown): Record<string, unknown> {
  const { name, message, stack, cause, code } = error as Error & { code?: unknown }
  return {
    type: name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack,
    ...(cause === undefined ? {} : { cause: describe(cause) }),
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, MAX_DEPTH).map(describe) } : {})
  }
}

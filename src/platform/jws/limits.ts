/** The limits of this room. Each error that a limit causes names the number. */

/** Characters of a compact token. Node allows 16 KiB for all headers, and a token is one of them. */
export const MAX_TOKEN_CHARS = 8192

/** Characters of the encoded header: room for `alg`, `typ`, a long `kid` and certificate thumbprints. */
export const MAX_HEADER_CHARS = 2048

/** Nesting of a header, the object itself counted as 1. */
export const MAX_HEADER_DEPTH = 4

/** Nesting of a payload, the object itself counted as 1. */
export const MAX_PAYLOAD_DEPTH = 16

/** Characters of a `kid`, in a header or with a key. */
export const MAX_KID_CHARS = 255

/** Characters of a customer's id, of its name and of a workspace key. */
export const MAX_ID_CHARS = 255

/** Characters of a customer's `fields`, written as JSON. */
export const MAX_FIELDS_CHARS = 4096

/** Keys that a token without `kid` is tried against. */
export const MAX_CANDIDATE_KEYS = 8

/** Characters of a key given as text (an 8192-bit RSA key in PEM has about 1,500). */
export const MAX_KEY_TEXT_CHARS = 16_384

/** Keys in one published key set. */
export const MAX_KEY_SET_KEYS = 64

/** How far a signer's clock may be ahead of ours, in seconds, if the caller does not set it. */
export const DEFAULT_LEEWAY_SECONDS = 30

/**
 * The highest NumericDate: the end of the year 9999, in seconds. A later one is a mistake, or milliseconds instead of
 * seconds.
 */
export const MAX_NUMERIC_DATE = 253_402_300_799

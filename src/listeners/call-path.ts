import { Fault } from '../lib/fault.ts'

/** The longest path, in characters. */
export const PATH_CHARS_MAX = 200
const PATH_SEGMENTS_MAX = 20
/** The longest name of a parameter, in characters. */
const PARAMETER_CHARS_MAX = 64

const PARAMETER = new RegExp(`^\\{([A-Za-z][A-Za-z0-9_]{0,${PARAMETER_CHARS_MAX - 1}})\\}$`)
/** Letters and digits of any script, and the other unreserved characters (RFC 3986, section 2.3). */
const STATIC = /^[\p{L}\p{M}\p{N}._~-]+$/u

/** A segment of a path: a text, or the name of a parameter. */
type Segment = { text: string } | { parameter: string }

/**
 * Ensures that a listener can be called at the path.
 * @throws Fault `validation_failed` at `/path`
 */
export function validatePath(path: string): void {
  if (path.startsWith('/') || path.endsWith('/')) throw refusal('must start and end without a slash')
  if (path !== path.normalize('NFC')) throw refusal('must be in the Unicode form NFC')
  const texts = path.split('/')
  if (texts.length > PATH_SEGMENTS_MAX) throw refusal(`must have at most ${PATH_SEGMENTS_MAX} segments`)
  const parameters = new Set<string>()
  for (const text of texts) {
    const parameter = PARAMETER.exec(text)?.[1]
    if (parameter === undefined) requireStatic(text)
    else if (parameters.has(parameter)) throw refusal(`names the parameter ${parameter} twice`)
    else parameters.add(parameter)
  }
}

/** @throws Fault `validation_failed` */
function requireStatic(text: string): void {
  if (text === '') throw refusal('must not have an empty segment')
  if (text === '.' || text === '..') throw refusal('must not have the segment . or ..')
  if (/[{}]/.test(text))
    throw refusal(
      'can have a parameter only as a whole segment: {name}, with letters, digits and _, starting with a letter'
    )
  if (!STATIC.test(text)) throw refusal('can have letters, digits and . _ ~ - in a segment, not percent-encoded')
}

/** The segments of a path that {@link validatePath} accepts. */
export function segmentsOf(path: string): Segment[] {
  return path.split('/').map((text) => {
    const parameter = PARAMETER.exec(text)?.[1]
    return parameter === undefined ? { text } : { parameter }
  })
}

/** The path without the names of its parameters. Two paths with the same shape match the same calls. */
export function shapeOf(path: string): string {
  return segmentsOf(path)
    .map((segment) => ('text' in segment ? segment.text : '{}'))
    .join('/')
}

/**
 * The URL of a listener by its path; parameters stay in braces, as a URI template (RFC 6570, level 1).
 * @param publicUrl without a trailing slash
 */
export function pathUrlOf(publicUrl: string, slug: string, path: string): string {
  const segments = segmentsOf(path).map((segment) =>
    'text' in segment ? encodeURIComponent(segment.text) : `{${segment.parameter}}`
  )
  return [publicUrl, 'v1/call', slug, ...segments].join('/')
}

function refusal(message: string): Fault {
  return new Fault('validation_failed', { errors: [{ pointer: '/path', message }] })
}

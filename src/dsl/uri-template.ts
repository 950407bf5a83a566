import { flowError } from './problem.ts'
import { scalarText } from '../lib/exact-number.ts'
import { isObject, own } from '../lib/json.ts'

/**
 * A URI with `{name}` places (RFC 6570, level 1). Literal texts and names alternate, beginning and ending with a text.
 */
export interface UriTemplate {
  readonly texts: readonly string[]
  readonly names: readonly (readonly string[])[]
}

const PLACE = /\{([^{}]*)\}/g
const NAME_LIST = /^[A-Za-z0-9_.-]+(?:,[A-Za-z0-9_.-]+)*$/

/** The fault of a template as a sentence for its author; `undefined` if it has none. */
export function uriTemplateFault(text: string): string | undefined {
  const rest = text.replaceAll(PLACE, '')
  if (rest.includes('{') || rest.includes('}'))
    return 'A brace in a URI must be part of a `{name}` place: write %7B or %7D for the character itself.'
  for (const [place, names] of text.matchAll(PLACE)) {
    if (!NAME_LIST.test(names as string)) {
      return (
        `${place} is not a \`{name}\` place: only top-level keys of the task's input are expanded here. ` +
        'Compute anything else in `input.from`, or write the whole URI as one `${ … }`.'
      )
    }
  }
  return undefined
}

/**
 * Splits a template in which {@link uriTemplateFault} finds no fault.
 * @example
 * parseUriTemplate('/products/{sku}') // { texts: ['/products/', ''], names: [['sku']] }
 */
export function parseUriTemplate(text: string): UriTemplate {
  const texts: string[] = []
  const names: string[][] = []
  let end = 0
  for (const match of text.matchAll(PLACE)) {
    texts.push(text.slice(end, match.index))
    names.push((match[1] as string).split(','))
    end = match.index + match[0].length
  }
  texts.push(text.slice(end))
  return { texts, names }
}

/**
 * Fills the places of the URI with values of `data`, percent-encoded except for RFC 3986's unreserved characters (RFC
 * 6570, section 3.2.2). A missing or null value gives an empty text.
 * @throws FlowError `expression` for an object or array, and for a value that would make a `.` or `..` segment, because
 * such a segment leaves the path that the author wrote.
 */
export function expandUriTemplate(template: UriTemplate, data: unknown): string {
  let uri = template.texts[0] as string
  if (template.names.length === 0) return uri
  template.names.forEach((names, index) => {
    uri += names
      .map((name) => textOf(name, isObject(data) ? own(data, name) : undefined))
      .filter((text) => text !== undefined)
      .join(',')
    uri += template.texts[index + 1] as string
  })
  if (dotSegments(uri) !== dotSegments(template.texts.join('{}'))) {
    throw flowError('expression', 'A value in the URI template would make a "." or ".." segment of the path.')
  }
  return uri
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = scalarText(value)
  if (text === undefined)
    throw flowError('expression', `The value of {${name}} in the URI template is not a string, number or boolean.`)
  return percentEncode(text)
}

/** Encodes all but the unreserved characters of RFC 3986, section 2.3. Half a surrogate pair becomes U+FFFD. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  )
}

function dotSegments(uri: string): number {
  return (
    uri
      .split(/[?#]/, 1)[0]
      ?.split(/[/\\]/)
      .filter((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)).length ?? 0
  )
}

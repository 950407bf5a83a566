/** The kind of value as which content of a media type is read and written. */
export type ContentKind = 'none' | 'json' | 'form' | 'multipart' | 'xml' | 'text' | 'composite' | 'bytes'

const JSON_TYPE = /^(?:application\/json|text\/json|[^/]+\/[^/]+\+json)$/
/** The types for which the charset rules of RFC 7303, section 3, apply. */
const XML_TYPE = /^(?:(?:application|text)\/xml|application\/xml-(?:dtd|external-parsed-entity)|[^/]+\/[^/]+\+xml)$/
const TEXT_TYPE = new RegExp(
  '^(?:text/.*|[^/]+/[^/]+\\+yaml|application/(?:' +
    'javascript|ecmascript|typescript|graphql|yaml|x-yaml|toml|sql|jose|jwt|x-ndjson|ndjson|jsonl|x-jsonlines|' +
    'json-seq|sparql-query|sparql-update|n-triples|n-quads|trig' +
    '))$'
)
/** Types made of headers and parts. The parts may have any bytes, but an author who writes one by hand writes text. */
const COMPOSITE_TYPE = /^(?:multipart|message)\//

/**
 * The kind of a media type, which is in lower case and without parameters. `none` is for no type at all.
 * @example contentKind('application/vnd.api+json') // 'json'
 */
export function contentKind(essence: string): ContentKind {
  if (essence === '') return 'none'
  if (JSON_TYPE.test(essence)) return 'json'
  if (essence === 'application/x-www-form-urlencoded') return 'form'
  if (essence === 'multipart/form-data') return 'multipart'
  if (XML_TYPE.test(essence)) return 'xml'
  if (TEXT_TYPE.test(essence)) return 'text'
  return COMPOSITE_TYPE.test(essence) ? 'composite' : 'bytes'
}

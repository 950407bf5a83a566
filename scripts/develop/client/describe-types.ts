import { registerHooks } from 'node:module'

/** A version of TypeScript with the API that openapi-typescript uses, which TypeScript 7 does not have. */
const TYPESCRIPT = '@ts-morph/common/dist/typescript.js'
/** A comment of several lines, or of one that begins with a tag; its first line without a tag is a summary. */
const LONG_COMMENT = /^( *)\/\*\*(?:\n *\* (?!@)([^\n]*)\n[^]*?|\n[^]*?| @[^\n]*)\*\/ *\n/gm
const HEADER = `// Made by "npm run client:types" from the OpenAPI document of the gateway: do not edit.
/* eslint-disable */

`

/** The types of an API's paths, operations and schemas, as the text of a TypeScript file. */
export async function describeTypes(document: object): Promise<string> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier === 'typescript' ? TYPESCRIPT : specifier, context)
  })
  try {
    const { default: generate, astToString } = await import('openapi-typescript')
    const types = await generate(structuredClone(document) as never, { alphabetize: true })
    // Of comments, summaries are kept. Descriptions and examples change often, and types do not depend on them.
    const short = (_comment: string, indent: string, summary?: string) =>
      summary === undefined ? '' : `${indent}/** ${summary} */\n`
    return HEADER + astToString(types).replace(LONG_COMMENT, short)
  } finally {
    hooks.deregister()
  }
}

const OPEN = /^\s*\$\{/

/**
 * The form of a string in a document: an expression (`${ … }` from end to end), a literal, or a literal with an
 * expression inside, which strict mode refuses.
 */
export type StringForm =
  | { readonly form: 'expression'; readonly source: string }
  | { readonly form: 'literal' }
  | { readonly form: 'embedded' }

/**
 * Reads the form of a string. Text before or after the expression makes it `embedded`.
 * @example
 * stringFormOf('${ .sku }') // { form: 'expression', source: ' .sku ' }
 * stringFormOf('SKU ${ .sku }') // { form: 'embedded' }
 * stringFormOf('A-100') // { form: 'literal' }
 */
export function stringFormOf(text: string): StringForm {
  if (!text.includes('${')) return { form: 'literal' }
  const open = OPEN.exec(text)
  if (open === null) return { form: 'embedded' }
  const body = text.slice(open[0].length)
  const end = closingBrace(body)
  if (end === undefined) return { form: 'embedded' }
  return body.slice(end + 1).trim() === '' ? { form: 'expression', source: body.slice(0, end) } : { form: 'embedded' }
}

/** The jq source of a field that always holds an expression; there, `${ }` is optional. */
export function expressionSource(text: string): string {
  const form = stringFormOf(text)
  return form.form === 'expression' ? form.source : text
}

/** Index of the brace that closes the expression. Skips braces of objects, of strings and of interpolations. */
function closingBrace(text: string): number | undefined {
  // The open brackets, innermost last: `{`, `(`, or `"` for a string. `\(` in a string starts code again.
  const open: string[] = []
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (open.at(-1) === '"') {
      if (char === '\\') {
        index++
        if (text[index] === '(') open.push('(')
      } else if (char === '"') {
        open.pop()
      }
    } else if (char === '"' || char === '{' || char === '(') {
      open.push(char)
    } else if (char === '}' || char === ')') {
      if (open.length === 0) return char === '}' ? index : undefined
      open.pop()
    } else if (char === '#') {
      while (index + 1 < text.length && text[index + 1] !== '\n') index++
    }
  }
  return undefined
}

// Finds names in strings too. An extra name only passes a variable that is not needed.
const MENTION = /\$\s*([A-Za-z_][A-Za-z0-9_]*)/g

/** Names of the variables that a jq source may read, without the `$`. */
export function mentionedVariables(source: string): Set<string> {
  const names = new Set<string>()
  for (const match of source.matchAll(MENTION)) names.add(match[1] as string)
  return names
}

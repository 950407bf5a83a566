/** ECMAScript's white space and line ends (ECMA-262, `\s`). RE2's are ASCII alone. */
const SPACES = '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}'
/** All other characters, for negated classes. */
const OTHERS =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}' +
  '\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}'
/** The long names of general categories (Unicode's PropertyValueAliases), which RE2 knows by their short ones. */
const CATEGORIES: Readonly<Record<string, string>> = {
  Letter: 'L',
  Uppercase_Letter: 'Lu',
  Lowercase_Letter: 'Ll',
  Titlecase_Letter: 'Lt',
  Modifier_Letter: 'Lm',
  Other_Letter: 'Lo',
  Mark: 'M',
  Nonspacing_Mark: 'Mn',
  Spacing_Mark: 'Mc',
  Enclosing_Mark: 'Me',
  Number: 'N',
  Decimal_Number: 'Nd',
  Letter_Number: 'Nl',
  Other_Number: 'No',
  Punctuation: 'P',
  Symbol: 'S',
  Math_Symbol: 'Sm',
  Currency_Symbol: 'Sc',
  Modifier_Symbol: 'Sk',
  Other_Symbol: 'So',
  Separator: 'Z',
  Space_Separator: 'Zs',
  Control: 'Cc',
  Format: 'Cf'
}
const PROPERTY = /\\([pP])\{(?:(?:General_Category|gc|Script|sc)=)?([A-Za-z_]+)\}/y

/**
 * Translates an ECMAScript pattern of JSON Schema into RE2's syntax, where the two differ and RE2 has an equivalent.
 */
export function toRe2(source: string): string {
  let translated = ''
  let inClass = false
  for (let at = 0; at < source.length; at++) {
    const char = source.charAt(at)
    if (char !== '\\') {
      if (char === '[' && !inClass) inClass = true
      else if (char === ']') inClass = false
      translated += char
      continue
    }
    PROPERTY.lastIndex = at
    const [property, sign, name = ''] = PROPERTY.exec(source) ?? []
    if (property !== undefined) {
      translated += `\\${sign}{${Object.hasOwn(CATEGORIES, name) ? CATEGORIES[name] : name}}`
      at += property.length - 1
      continue
    }
    const escaped = source.charAt(++at)
    if (escaped === 's') translated += inClass ? SPACES : `[${SPACES}]`
    else if (escaped === 'S') translated += inClass ? OTHERS : `[${OTHERS}]`
    else translated += char + escaped
  }
  return translated
}

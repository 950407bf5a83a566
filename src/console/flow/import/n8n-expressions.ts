/** A parameter of a node as a value of a flow. `fault` says what could not be translated. */
export interface Translated {
  value: unknown
  fault?: string
}

/** Returns jq for the result of a node, and has the result kept in the context of the flow. */
export type RefOf = (node: string) => string

const PATH = /^\s*(?:\$json|\$input\.(?:item|first\(\))\.json)((?:\.[A-Za-z_]\w*|\[(?:"[^"\\]*"|'[^'\\]*'|\d+)\])*)\s*$/
const NODE =
  /^\s*(?:\$node\[(?:"([^"]+)"|'([^']+)')\]\.json|\$\((?:"([^"]+)"|'([^']+)')\)\.(?:item|first\(\)|last\(\))\.json)((?:\.[A-Za-z_]\w*|\[(?:"[^"\\]*"|'[^'\\]*'|\d+)\])*)\s*$/

/**
 * Translates a parameter of n8n: text, or an expression if it starts with `=`. Paths into the item and into the results
 * of other nodes are translated, alone or within text.
 * @param refOf jq for the result of another node
 */
export function translate(value: unknown, refOf: RefOf): Translated {
  if (typeof value !== 'string' || !value.startsWith('=')) return { value }
  const text = value.slice(1)
  const parts = [...text.matchAll(/\{\{([^]*?)\}\}/g)]
  if (parts.length === 0) return { value: text }
  const codes = parts.map(([, code = '']) => jqOf(code, refOf))
  if (codes.includes(undefined)) return { value: text, fault: `the expression ${text}` }
  const [only] = parts
  if (parts.length === 1 && only?.[0] === text.trim()) return { value: `\${ ${codes[0]} }` }
  let at = 0
  let written = ''
  parts.forEach((part, index) => {
    written += JSON.stringify(text.slice(at, part.index)).slice(1, -1) + `\\(${codes[index]})`
    at = part.index + part[0].length
  })
  return { value: `\${ "${written}${JSON.stringify(text.slice(at)).slice(1, -1)}" }` }
}

/** jq for a path; undefined where the code is more than a path or a constant. */
export function jqOf(code: string, refOf: RefOf): string | undefined {
  const path = PATH.exec(code)
  if (path) return stepsOf(path[1] ?? '') || '.'
  const node = NODE.exec(code)
  if (node) {
    const name = node[1] ?? node[2] ?? node[3] ?? node[4] ?? ''
    return `${refOf(name)}${stepsOf(node[5] ?? '')}`
  }
  if (/^\s*\$now(?:\.toISO\(\))?\s*$|^\s*new Date\(\)\.toISOString\(\)\s*$/.test(code)) return '(now | todate)'
  if (/^\s*(?:-?\d+(?:\.\d+)?|true|false|null|"[^"\\]*")\s*$/.test(code)) return code.trim()
  const quoted = /^\s*'([^'\\]*)'\s*$/.exec(code)
  return quoted ? JSON.stringify(quoted[1]) : undefined
}

function stepsOf(path: string): string {
  return path.replaceAll(/\['([^']*)'\]/g, (_, key: string) => `[${JSON.stringify(key)}]`).replace(/^\[/, '.[')
}

import type { Layout } from './shapes.ts'

/** The picture as a Mermaid flowchart. */
export function mermaidOf({ boxes, lines }: Layout): string {
  const ids = new Map(boxes.map(({ id }, index) => [id, `s${index}`]))
  const text: string[] = ['flowchart TD']
  const write = (parent: string | undefined, depth: number): void => {
    const space = '  '.repeat(depth)
    for (const { id, name, kind, group, parent: own } of boxes) {
      if (own !== parent) continue
      const label = `"${escaped(name)}: ${escaped(kind)}"`
      if (!group) text.push(`${space}${ids.get(id)}[${label}]`)
      else {
        text.push(`${space}subgraph ${ids.get(id)}[${label}]`)
        write(id, depth + 1)
        text.push(`${space}end`)
      }
    }
  }
  write(undefined, 1)
  for (const { from, to, label } of lines) {
    const arrow = label === '' ? '-->' : `-->|"${escaped(label)}"|`
    text.push(`  ${ids.get(from)} ${arrow} ${ids.get(to)}`)
  }
  return `${text.join('\n')}\n`
}

/** Escapes the characters that would end a label, as entities of Mermaid. */
function escaped(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll(/[\r\n]+/g, ' ')
}

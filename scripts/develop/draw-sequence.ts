/**
 * Draws a sequence of messages as SVG, for the documentation:
 *
 *     node scripts/develop/draw-sequence.ts docs/adapter/sequence.txt > docs/adapter/sequence.svg
 *
 * The first line names the participants, separated by `|`. Each further line is a message, `A -> B: text`, an answer,
 * `A --> B: text`, or a note across all of them, `== text`. Empty lines and lines that start with `#` are ignored.
 */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const COLUMN = 210
const ROW = 44
const MARGIN = 20
const HEAD = 36
const CHARACTERS_IN_HEAD = 26

type Line = { kind: 'message' | 'answer'; from: number; to: number; text: string } | { kind: 'note'; text: string }

/** @throws Error that names the line that cannot be read */
export function drawSequence(source: string): string {
  const [first = '', ...rest] = source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const actors = first.split('|').map((name) => name.trim())
  const lines = rest.map((line) => readLine(line, actors))
  const width = MARGIN * 2 + COLUMN * actors.length
  const bottom = MARGIN + HEAD + ROW * (lines.length + 1)
  const x = (actor: number): number => MARGIN + COLUMN * (actor + 0.5)
  const y = (row: number): number => MARGIN + HEAD + ROW * (row + 1)

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + MARGIN}" font-family="system-ui, ` +
      'sans-serif" font-size="13">',
    `<title>${escape(`${actors.join(', ')}: who says what to whom`)}</title>`,
    '<style>text{fill:#1f2937;text-anchor:middle}.life{stroke:#9ca3af;stroke-dasharray:4 ' +
      '4}.head{fill:#eef2ff;stroke:#4f46e5}.line{stroke:#1f2937;fill:none}.answer{stroke-dasharray:6 ' +
      '4}.note{fill:#fef9c3;stroke:#ca8a04}</style>',
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" ' +
      'orient="auto"><path d="M0 0 8 4 0 8z" fill="#1f2937"/></marker></defs>',
    `<rect width="${width}" height="${bottom + MARGIN}" fill="#ffffff"/>`,
    ...actors.flatMap((name, actor) => [
      `<line class="life" x1="${x(actor)}" y1="${MARGIN + HEAD}" x2="${x(actor)}" y2="${bottom}"/>`,
      `<rect class="head" x="${x(actor) - COLUMN / 2 + 8}" y="${MARGIN}" width="${COLUMN - 16}" height="${HEAD}" ` +
        'rx="6"/>',
      `<text x="${x(actor)}" y="${MARGIN + HEAD / 2 + 5}">${escape(name.slice(0, CHARACTERS_IN_HEAD))}</text>`
    ]),
    ...lines.flatMap((line, row) => {
      if (line.kind === 'note') {
        return [
          `<rect class="note" x="${MARGIN}" y="${y(row) - 24}" width="${width - 2 * MARGIN}" height="30" rx="4"/>`,
          `<text x="${width / 2}" y="${y(row) - 4}">${escape(line.text)}</text>`
        ]
      }
      return [
        `<text x="${(x(line.from) + x(line.to)) / 2}" y="${y(row) - 8}">${escape(line.text)}</text>`,
        `<path class="line ${line.kind}" d="M${x(line.from)} ${y(row)}H${x(line.to)}" marker-end="url(#arrow)"/>`
      ]
    }),
    '</svg>',
    ''
  ].join('\n')
}

function readLine(line: string, actors: readonly string[]): Line {
  if (line.startsWith('==')) return { kind: 'note', text: line.slice(2).trim() }
  const [, from = '', arrow, to = '', text = ''] = /^(.+?) (-->|->) (.+?): (.+)$/.exec(line) ?? []
  const [source, target] = [actors.indexOf(from), actors.indexOf(to)]
  if (!arrow || source < 0 || target < 0 || source === target)
    throw new Error(`cannot read "${line}": it is "A -> B: text" between two of ${actors.join(', ')}`)
  return { kind: arrow === '->' ? 'message' : 'answer', from: source, to: target, text }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const [, program = '', file] = process.argv
if (import.meta.url === pathToFileURL(program).href) {
  if (file === undefined) throw new Error('usage: node scripts/develop/draw-sequence.ts FILE')
  process.stdout.write(drawSequence(readFileSync(file, 'utf8')))
}

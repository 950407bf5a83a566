import type { SearchedText } from './searched-text.ts'

const BREAKS = /(\r?\n[\t ]*)/

/**
 * Replaces these forms where line breaks stand between their characters, as MIME and PEM break base64 (RFC 2045,
 * section 6.8; RFC 7468, section 2).
 */
export function maskWrapped(text: string, forms: readonly SearchedText[], mask: string): string {
  const { joined, positions } = joinLines(text)
  const ranges = forms.flatMap((form) => rangesOf(joined, form)).sort(([a], [b]) => a - b)
  let masked = ''
  let from = 0
  for (const [start, end] of ranges) {
    const [first, last] = [positions[start] ?? 0, positions[end - 1] ?? 0]
    // Two forms can overlap: a match that begins within masked text is skipped.
    if (last < from) continue
    if (first >= from) masked += text.slice(from, first) + mask
    from = last + 1
  }
  return masked + text.slice(from)
}

/** The text without line breaks, and the position of each of its characters in the original. */
function joinLines(text: string): { joined: string; positions: number[] } {
  const positions: number[] = []
  let joined = ''
  let at = 0
  for (const [index, part] of text.split(BREAKS).entries()) {
    if (index % 2 === 0) {
      joined += part
      for (let offset = 0; offset < part.length; offset++) positions.push(at + offset)
    }
    at += part.length
  }
  return { joined, positions }
}

function rangesOf(text: string, form: SearchedText): [start: number, end: number][] {
  const ranges: [number, number][] = []
  const { length } = form.text
  for (let at = form.indexIn(text); at !== -1; at = form.indexIn(text, at + length)) ranges.push([at, at + length])
  return ranges
}

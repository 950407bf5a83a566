/** RE2 refuses more repetitions than this. Nested repetitions are multiplied. */
const MAX_REPEAT = 1_000
/** How many parts a Unicode class counts as: it is a list of hundreds of ranges. */
const UNICODE_CLASS = 64
const COUNTED = /\{(\d{1,4})(,(\d{0,4}))?\}/y

/**
 * The size of a pattern with its counted repetitions expanded: about the number of instructions that it is compiled to.
 * `x{1,900}` has 900 parts. Reads no more than the text and never throws, whether the pattern is valid or not.
 */
export function patternSize(source: string): number {
  /** The sizes of the groups that are open, the whole pattern first. */
  const open = [0]
  let atom = 0
  let index = 0

  const add = (size: number): void => {
    atom = size
    open[open.length - 1] = (open.at(-1) as number) + size
  }
  while (index < source.length) {
    const char = source[index]
    COUNTED.lastIndex = index
    const counted = char === '{' ? COUNTED.exec(source) : null
    if (counted !== null) {
      const [text, least, range, most] = counted
      const times = Math.min(MAX_REPEAT, Math.max(1, Number(range === undefined ? least : most || Number(least) + 1)))
      add(atom * (times - 1))
      atom *= times
      index += text.length
    } else if (char === '\\') {
      const unicode = /[pP]/.test(source[index + 1] ?? '')
      add(unicode ? UNICODE_CLASS : 1)
      index += !unicode ? 2 : source[index + 2] === '{' ? lengthTo(source, index, '}') : 3
    } else if (char === '[') {
      const length = classLength(source, index)
      add(classSize(source.slice(index, index + length)))
      index += length
    } else if (char === '(') {
      open.push(0)
      index++
    } else if (char === ')') {
      const size = open.length > 1 ? (open.pop() as number) : 0
      add(size + 1)
      index++
    } else {
      add(1)
      index++
    }
  }
  return open.reduce((sum, size) => sum + size, 0)
}

function lengthTo(source: string, from: number, end: string): number {
  const at = source.indexOf(end, from)
  return at === -1 ? source.length - from : at - from + 1
}

/** The length of a class in brackets. A `]` directly after its start is one of its characters. */
function classLength(source: string, from: number): number {
  let index = from + 1
  if (source[index] === '^') index++
  if (source[index] === ']') index++
  while (index < source.length && source[index] !== ']') {
    const named = source.startsWith('[:', index) ? source.indexOf(':]', index) : -1
    index = named === -1 ? index + (source[index] === '\\' ? 2 : 1) : named + 2
  }
  return index - from + 1
}

function classSize(text: string): number {
  const unicode = text.match(/\\[pP]/g)?.length ?? 0
  return 1 + unicode * UNICODE_CLASS + text.length / 8
}

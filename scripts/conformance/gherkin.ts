/** One step of a scenario: the sentence after its keyword, and the text between its `"""` lines. */
export interface Step {
  text: string
  block: string | undefined
}

export interface Scenario {
  feature: string
  name: string
  steps: Step[]
}

const STEP = /^(?:Given|When|Then|And|But|\*)\s+(.*)$/
const FENCE = /^("""|```)/

/**
 * Reads the scenarios of a Gherkin feature file: features, backgrounds, scenarios, steps and doc strings.
 *
 * @throws Error for everything else, outlines included
 */
export function readFeature(text: string): Scenario[] {
  const scenarios: Scenario[] = []
  const background: Step[] = []
  let feature = ''
  let steps: Step[] | undefined
  const lines = text.split(/\r?\n/)
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] as string).trim()
    const header = /^(Feature|Background|Scenario|Example):\s*(.*)$/.exec(line)
    const step = STEP.exec(line)
    if (line === '' || line.startsWith('#') || line.startsWith('@')) continue
    if (header !== null) {
      const [, keyword, name] = header
      if (keyword === 'Feature') feature = name as string
      steps = keyword === 'Feature' ? undefined : keyword === 'Background' ? background : [...background]
      if (steps !== undefined && steps !== background) scenarios.push({ feature, name: name as string, steps })
    } else if (steps === undefined) {
      continue
    } else if (step !== null) {
      steps.push({ text: (step[1] as string).trim(), block: undefined })
    } else if (FENCE.test(line)) {
      const last = steps.at(-1)
      if (last === undefined) throw new Error(`line ${index + 1}: a text without a step`)
      const indent = (lines[index] as string).length - (lines[index] as string).trimStart().length
      const fence = (FENCE.exec(line) as RegExpExecArray)[1] as string
      const block: string[] = []
      while (++index < lines.length && (lines[index] as string).trim() !== fence)
        block.push(unindent(lines[index] as string, indent))
      if (index >= lines.length) throw new Error('a text has no end')
      last.block = block.join('\n')
    } else {
      throw new Error(`line ${index + 1} is not read here: ${line}`)
    }
  }
  return scenarios
}

function unindent(line: string, by: number): string {
  const own = line.length - line.trimStart().length
  return line.slice(Math.min(own, by))
}

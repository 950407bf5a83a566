import { pointerTo } from '../../lib/json-pointer.ts'
import { isObject, own } from '../../lib/json.ts'
import { stringFormOf } from '../string-form.ts'
import {
  boolean,
  type Check,
  dictionary,
  list,
  map,
  matching,
  object,
  oneOf,
  refused,
  required,
  text
} from './combinators.ts'
import { NAME, NAME_RULE, template, textTemplate } from './values.ts'

const JAVASCRIPT = /^(?:js|javascript|ecmascript)$/i
// Matches blanks within one line only. With line ends, the time would grow with the square of the number of empty
// lines.
const IMPORT = /^[^\S\n\r\u2028\u2029]*(?:import|export)\b[^'"\n;]*?(?:\bfrom\s*)?['"]([^'"\n]+)['"]/gm
const STANDARD_INPUT = 'node:fs'

const language: Check = (value, place, lint) => {
  if (typeof value !== 'string' || !JAVASCRIPT.test(value))
    lint.fault(
      place.pointer,
      `Scripts are JavaScript here: write "js" instead of ${JSON.stringify(value)} and translate the code, ` +
        'or use jq in "set".'
    )
}

const code: Check = (value, place, lint) => {
  text(value, place, lint)
  if (typeof value !== 'string') return
  for (const [, module] of value.matchAll(IMPORT)) {
    if (module !== STANDARD_INPUT)
      lint.fault(
        place.pointer,
        `A script has no module ${JSON.stringify(module)}, only ${STANDARD_INPUT} to read its standard input: ` +
          'write the code out, and for calls use "call: http".'
      )
  }
}

const scriptArguments: Check = (value, place, lint) => {
  if (typeof value === 'string' && stringFormOf(value).form === 'expression') template(value, place, lint)
  else if (Array.isArray(value)) list(template)(value, place, lint)
  else map(template)(value, place, lint)
}

const script = object({
  language: required(language),
  code: required(code),
  source: refused('A script is not fetched from elsewhere: write it in "code".'),
  stdin: textTemplate,
  arguments: scriptArguments,
  environment: dictionary(template)
})

const workflow = object({
  namespace: required(matching(NAME, NAME_RULE)),
  name: required(matching(NAME, NAME_RULE)),
  version: text,
  input: template
})

const PROCESSES = {
  container:
    'Containers are not run here: ' +
    'use "run: script" for computation or "call: http" for a service that has the container.',
  shell:
    'Shell commands are not run here: ' +
    'use "run: script" with JavaScript, or "call: http" for a service that runs the command.'
}

/** The `run` member of a task. */
export const run: Check = (value, place, lint) => {
  const kinds = isObject(value)
    ? ['workflow', 'script', 'container', 'shell'].filter((kind) => Object.hasOwn(value, kind))
    : []
  if (isObject(value) && kinds.length !== 1) lint.fault(place.pointer, 'Must have one of workflow, script.')
  object({
    workflow,
    script,
    container: refused(PROCESSES.container),
    shell: refused(PROCESSES.shell),
    await: boolean,
    return: oneOf('stdout', 'stderr', 'code', 'all', 'none')
  })(value, place, lint)
  if (isObject(value) && kinds[0] === 'script' && own(value, 'await') === false)
    lint.fault(
      pointerTo(place.pointer, 'await'),
      'A script is waited for: leave "await" out, or put it into a flow of its own and run that with "await: false".'
    )
  if (
    isObject(value) &&
    kinds[0] === 'workflow' &&
    own(value, 'return') !== undefined &&
    own(value, 'return') !== 'none'
  ) {
    lint.fault(
      pointerTo(place.pointer, 'return'),
      'A workflow gives its output: "return" can only be left out or be none.'
    )
  }
}

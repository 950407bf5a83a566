/** Makes a JSON Pointer below `base` (RFC 6901). Each step is escaped: `~` as `~0` and `/` as `~1`. */
export function pointerTo(base: string, ...steps: readonly (string | number)[]): string {
  let pointer = base
  for (const step of steps) pointer += `/${typeof step === 'number' ? step : escapeStep(step)}`
  return pointer
}

/** The steps of a pointer, unescaped: `/do/0/a~1b` → `['do', '0', 'a/b']`. */
export function pointerSteps(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function escapeStep(step: string): string {
  return step.includes('~') || step.includes('/') ? step.replaceAll('~', '~0').replaceAll('/', '~1') : step
}

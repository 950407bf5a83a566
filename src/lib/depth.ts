/** Whether arrays and objects are within each other more than `depth` times. Looks no deeper than that. */
export function deeperThan(node: unknown, depth: number): boolean {
  if (typeof node !== 'object' || node === null) return false
  return depth === 0 || Object.values(node).some((member) => deeperThan(member, depth - 1))
}

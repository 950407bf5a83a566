/** The path to a member of a JSON value: names of members and indexes of items. */
export type Steps = readonly (string | number)[]

/**
 * Visits the members and items of a JSON value at every depth. It makes neither a pointer per member nor a list of an
 * array's items, because a tenant's document may have a hundred thousand.
 * @param visit called with each member and the steps to it. The list of steps changes later; `pointerTo` makes a
 *   pointer of it. Returns false to skip what is inside the member
 */
export function visitMembers(value: unknown, visit: (member: unknown, steps: Steps) => boolean): void {
  const steps: (string | number)[] = []
  const enter = (member: unknown, step: string | number): void => {
    steps.push(step)
    if (visit(member, steps)) inside(member)
    steps.pop()
  }
  const inside = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) for (let index = 0; index < node.length; index++) enter(node[index], index)
    else for (const name of Object.keys(node)) enter((node as Record<string, unknown>)[name], name)
  }
  inside(value)
}

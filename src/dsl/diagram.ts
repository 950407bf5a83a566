import type { FlowDocument, TaskDefinition, TaskList } from './document.ts'
import { pointerTo } from '../lib/json-pointer.ts'

const LABEL_CHARS = 60

/** A way out of a node: the node, and the label of the arrow. */
interface Exit {
  from: string
  label?: string
}

/** Draws the flow as a Mermaid flowchart: one node per task, one subgraph per nested list, arrows as `then` directs. */
export function diagram(document: FlowDocument): string {
  const lines = ['flowchart TD', '  start([start])', '  finish([end])']
  const ids = new Map<string, string>()
  const idOf = (pointer: string): string => {
    const known = ids.get(pointer)
    if (known !== undefined) return known
    const id = `t${ids.size}`
    ids.set(pointer, id)
    return id
  }
  const arrow = (exits: readonly Exit[], to: string): void => {
    for (const { from, label } of exits)
      lines.push(label === undefined ? `  ${from} --> ${to}` : `  ${from} -- "${escape(label)}" --> ${to}`)
  }

  // Draws a list into which `entries` lead, and returns the ways out of it.
  const drawList = (tasks: TaskList, pointer: string, entries: readonly Exit[]): Exit[] => {
    const named = tasks.map((item, index) => {
      const [name, task] = Object.entries(item)[0] as [string, TaskDefinition]
      return { name, task, at: pointerTo(pointer, index, name) }
    })
    const leaving: Exit[] = []
    const follow = (then: string | undefined, exits: readonly Exit[]): Exit[] => {
      const target = named.find((task) => task.name === then)
      if (then === 'end') arrow(exits, 'finish')
      else if (then === 'exit') leaving.push(...exits)
      else if (target !== undefined) arrow(exits, idOf(target.at))
      else return [...exits]
      return []
    }
    let open = [...entries]
    for (const { name, task, at } of named) {
      const id = idOf(at)
      lines.push(`  ${id}${shape(name, task)}`)
      arrow(open, id)
      open = []
      if ('switch' in task) {
        const cases = task.switch.flatMap((item) => Object.entries(item))
        for (const [label, { then }] of cases) open.push(...follow(then, [{ from: id, label }]))
        if (cases.every(([, { when }]) => when !== undefined))
          open.push(...follow(task.then, [{ from: id, label: 'otherwise' }]))
        continue
      }
      const exits = drawInside(name, task, at, id)
      if ('raise' in task) arrow([{ from: id, label: 'error' }], 'finish')
      open.push(...follow(task.then, exits))
      // A skipped task continues with the next one, whatever its `then` says.
      if (task.if !== undefined && ('raise' in task || task.then !== undefined))
        open.push({ from: id, label: 'skipped' })
    }
    return [...open, ...leaving]
  }

  const drawInside = (name: string, task: TaskDefinition, at: string, id: string): Exit[] => {
    const inside = (label: string, draw: () => Exit[]): Exit[] => {
      lines.push(`  subgraph ${id}_${label.replaceAll(/\W/g, '')}["${escape(`${name}: ${label}`)}"]`)
      const exits = draw()
      lines.push('  end')
      return exits
    }
    if ('raise' in task) return []
    if ('for' in task) {
      const turn = inside('each', () =>
        drawList(task.do, pointerTo(at, 'do'), [{ from: id, label: `each ${task.for.each ?? 'item'}` }])
      )
      arrow(turn, id)
      return [{ from: id, label: 'done' }]
    }
    if ('fork' in task)
      return task.fork.branches.flatMap((branch, index) =>
        inside(`branch ${index + 1}`, () =>
          drawList([branch], pointerTo(at, 'fork', 'branches', index), [{ from: id }])
        )
      )
    if ('try' in task) {
      const tried = inside('try', () => drawList(task.try, pointerTo(at, 'try'), [{ from: id }]))
      const { do: handler } = task.catch
      return handler === undefined
        ? tried
        : [
            ...tried,
            ...inside('catch', () => drawList(handler, pointerTo(at, 'catch', 'do'), [{ from: id, label: 'error' }]))
          ]
    }
    if ('do' in task) return inside('do', () => drawList(task.do, pointerTo(at, 'do'), [{ from: id }]))
    return [{ from: id }]
  }

  arrow(drawList(document.do, '/do', [{ from: 'start' }]), 'finish')
  return `${lines.join('\n')}\n`
}

function shape(name: string, task: TaskDefinition): string {
  const label = escape(`${name}: ${describe(task)}`)
  if ('switch' in task) return `{"${label}"}`
  if ('raise' in task) return `>"${label}"]`
  return 'call' in task || 'run' in task ? `[["${label}"]]` : `["${label}"]`
}

function describe(task: TaskDefinition): string {
  if ('call' in task) return `call ${task.call}`
  if ('for' in task) return 'for'
  if ('run' in task)
    return `run ${Object.keys(task.run).find((kind) => kind === 'workflow' || kind === 'script') ?? ''}`
  return (
    ['set', 'switch', 'fork', 'try', 'raise', 'wait', 'emit', 'listen', 'do'].find((kind) => kind in task) ?? 'task'
  )
}

/** Text that Mermaid shows unchanged: entity codes replace the characters that Mermaid interprets. */
function escape(text: string): string {
  const short = text.length > LABEL_CHARS ? `${text.slice(0, LABEL_CHARS - 1)}…` : text
  return short.replaceAll(/[#"<>&`\r\n]/g, (char) => `#${char.charCodeAt(0)};`)
}

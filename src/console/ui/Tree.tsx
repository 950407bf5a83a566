import { useState, type KeyboardEvent, type ReactNode } from 'react'

export interface TreeNode {
  id: string
  label: ReactNode
  children?: readonly TreeNode[]
}

interface Visible {
  node: TreeNode
  level: number
  parent: string | undefined
}

/**
 * A tree by the pattern of WAI-ARIA: up and down move, left and right fold, Home and End, Enter chooses. `onKey` gets
 * every key first, and returns whether it handled it.
 */
export function Tree({
  label,
  nodes,
  selected,
  onSelect,
  onKey
}: {
  label: string
  nodes: readonly TreeNode[]
  selected: string | undefined
  onSelect: (id: string) => void
  onKey?: (event: KeyboardEvent, id: string) => boolean
}) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const visible = visibleOf(nodes, folded)
  const current = visible.some(({ node }) => node.id === selected) ? selected : visible[0]?.node.id

  function fold(id: string, closed: boolean): void {
    const next = new Set(folded)
    if (closed) next.add(id)
    else next.delete(id)
    setFolded(next)
  }

  function onKeyDown(event: KeyboardEvent<HTMLUListElement>): void {
    const index = visible.findIndex(({ node }) => node.id === current)
    const here = visible[index]
    if (!here || onKey?.(event, here.node.id)) return
    const branch = (here.node.children?.length ?? 0) > 0
    const isFolded = folded.has(here.node.id)
    const moves: Readonly<Record<string, () => Visible | undefined>> = {
      ArrowDown: () => visible[index + 1],
      ArrowUp: () => visible[index - 1],
      Home: () => visible[0],
      End: () => visible.at(-1),
      ArrowRight() {
        if (branch && !isFolded) return visible[index + 1]
        if (branch) fold(here.node.id, false)
        return undefined
      },
      ArrowLeft() {
        if (!branch || isFolded) return visible.find(({ node }) => node.id === here.parent)
        fold(here.node.id, true)
        return undefined
      }
    }
    const target = moves[event.key]
    if (!target) return
    event.preventDefault()
    const next = target()
    if (!next) return
    onSelect(next.node.id)
    document.getElementById(domId(label, next.node.id))?.focus()
  }

  return (
    <ul role="tree" aria-label={label} onKeyDown={onKeyDown} className="flex flex-col gap-0.5">
      {visible.map(({ node, level }) => (
        <li
          key={node.id}
          id={domId(label, node.id)}
          role="treeitem"
          aria-level={level}
          aria-selected={node.id === selected}
          {...(node.children?.length ? { 'aria-expanded': !folded.has(node.id) } : {})}
          tabIndex={node.id === current ? 0 : -1}
          style={{ paddingInlineStart: `${(level - 1) * 16 + 8}px` }}
          className="cursor-pointer rounded-md py-1 pr-2 aria-selected:bg-accent-soft aria-selected:text-accent"
          onClick={() => onSelect(node.id)}
        >
          {node.label}
        </li>
      ))}
    </ul>
  )
}

function domId(tree: string, id: string): string {
  return `${tree}-${id}`
}

function visibleOf(nodes: readonly TreeNode[], folded: ReadonlySet<string>, level = 1, parent?: string): Visible[] {
  return nodes.flatMap((node) => [
    { node, level, parent },
    ...(folded.has(node.id) ? [] : visibleOf(node.children ?? [], folded, level + 1, node.id))
  ])
}

import { memo, type DragEvent } from 'react'
import { CheckIcon, ChevronDown, ChevronRight, GripIcon } from '../../ui/icons.tsx'
import { Tag } from '../../ui/Tag.tsx'
import type { OutlineRow } from '../outline.ts'
import type { DragHandlers, DropWhere } from './use-drop.ts'

export function rowDomId(pointer: string): string {
  return `step-${pointer}`
}

interface RowProps {
  row: OutlineRow
  selected: boolean
  focusable: boolean
  ticked: boolean
  folded: boolean
  mocked: boolean
  editable: boolean
  dropAt: DropWhere | undefined
  onSelect: (pointer: string) => void
  onFold: (pointer: string, closed: boolean) => void
  onTick: (pointer: string) => void
  drag: DragHandlers
}

const DROP_LOOK: Readonly<Record<DropWhere, string>> = {
  before: 'shadow-[0_-2px_0_var(--accent)]',
  after: 'shadow-[0_2px_0_var(--accent)]',
  inside: 'shadow-[inset_0_0_0_2px_var(--accent)]'
}

/** One step. It is rendered again only when something of it has changed, because a flow can have hundreds. */
export const Row = memo(OneRow, isSame)

function OneRow(props: RowProps) {
  const { row, selected, focusable, ticked, folded, mocked, editable, dropAt, onSelect, onFold, onTick, drag } = props
  const { pointer, name, kind, level, about, heading, jumps, branch, fault } = row
  const id = rowDomId(pointer)
  const over = (event: DragEvent): void => drag.over(event, row)
  return (
    <li
      id={id}
      role="treeitem"
      aria-level={level}
      aria-describedby={`${id}-about`}
      aria-selected={selected}
      {...(editable ? { 'aria-checked': ticked } : {})}
      {...(branch ? { 'aria-expanded': !folded } : {})}
      tabIndex={focusable ? 0 : -1}
      className={`outline-row flex-wrap ${fault ? 'outline-row-bad' : ''} ${dropAt ? DROP_LOOK[dropAt] : ''}`}
      style={{ marginInlineStart: `${(level - 1) * 18}px` }}
      onClick={() => onSelect(pointer)}
      onFocus={(event) => event.target === event.currentTarget && !selected && onSelect(pointer)}
      onDragOver={over}
      onDragLeave={drag.leave}
      onDrop={(event) => drag.drop(event, row)}
      onDragEnd={drag.end}
    >
      <span id={`${id}-about`} hidden>
        {descriptionOf(row, mocked)}
      </span>
      {heading && (
        <span aria-hidden="true" className="outline-heading">
          {heading}
        </span>
      )}
      {editable && (
        <span
          className="outline-handle"
          title="Drag to move"
          draggable
          aria-hidden="true"
          onDragStart={(event) => drag.start(event, pointer)}
          onClick={(event) => {
            event.stopPropagation()
            onTick(pointer)
          }}
        >
          {ticked ? <CheckIcon /> : <GripIcon />}
        </span>
      )}
      <span aria-hidden="true" className="dim small w-16 shrink-0 break-words">
        {kind}
      </span>
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="flex min-w-0 items-center gap-1.5">
          <strong className="min-w-0 break-words">{name}</strong>
          {mocked && (
            <span aria-hidden="true">
              <Tag>mock</Tag>
            </span>
          )}
        </span>
        <span aria-hidden="true" className="small flex flex-col">
          {about && <span className="dim break-words">{about}</span>}
          {jumps.map(({ when, then }, index) => (
            <span key={index} className="dim break-words">
              {when && <code>{when}</code>} → {then === 'end' ? 'end the flow' : then}
            </span>
          ))}
          {fault && <span className="break-words text-bad">{fault}</span>}
        </span>
      </span>
      {branch && (
        <span
          aria-hidden="true"
          className="shrink-0 cursor-pointer p-0.5"
          onClick={(event) => {
            event.stopPropagation()
            onFold(pointer, !folded)
          }}
        >
          {folded ? <ChevronRight /> : <ChevronDown />}
        </span>
      )}
    </li>
  )
}

/** The description that a screen reader reads after the name. */
function descriptionOf({ kind, about, heading, jumps, fault }: OutlineRow, mocked: boolean): string {
  const ways = jumps.map(({ when, then }) => `${when} then ${then}`.trim())
  return [heading, kind, about, ...ways, mocked ? 'mocked' : '', fault].filter(Boolean).join('. ')
}

function isSame(before: RowProps, after: RowProps): boolean {
  const { row: old, ...rest } = before
  const { row: now, ...next } = after
  return (
    Object.keys(rest).every((key) => rest[key as keyof typeof rest] === next[key as keyof typeof next]) &&
    old.pointer === now.pointer &&
    old.kind === now.kind &&
    old.about === now.about &&
    old.level === now.level &&
    old.heading === now.heading &&
    old.branch === now.branch &&
    old.fault === now.fault &&
    old.jumps.length === now.jumps.length &&
    old.jumps.every(({ when, then }, index) => when === now.jumps[index]?.when && then === now.jumps[index]?.then)
  )
}

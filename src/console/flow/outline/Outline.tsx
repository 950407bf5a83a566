import { memo, useCallback, useEffect, useMemo, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react'
import { announce } from '../../ui/notify.tsx'
import type { OutlineRow } from '../outline.ts'
import { Row, rowDomId } from './Row.tsx'
import { SelectionBar } from './SelectionBar.tsx'
import type { StepActions } from './step-actions.ts'
import { useDrop } from './use-drop.ts'
import { visibleRows } from './visible-rows.ts'

/** The pointer of the first item, which is no step but the settings of the flow. */
export const SETTINGS = ''

export interface OutlineProps {
  rows: readonly OutlineRow[]
  selected: string | undefined
  /** Steps whose results are mocked. */
  mocked: ReadonlySet<string>
  /** Undefined if the flow is read-only, or its text does not parse. */
  actions: StepActions | undefined
  onSelect: (pointer: string) => void
  /** Enter: moves on to the form of the step. */
  onOpen: () => void
  /** `/`: opens the list of steps that can be added. */
  onPalette: () => void
  /** Whether that list is open. It takes the focus a moment later; until then, its keys reach the outline. */
  paletteOpen: boolean
  /** Moves the focus to the selected step each time this changes. */
  focusKey: number
}

/**
 * The steps of a flow, by the tree pattern of WAI-ARIA. Each item is named only by its step; its summary, faults and
 * jumps are its description. It is rendered again only when something of it has changed.
 */
export const Outline = memo(StepTree)

function StepTree(props: OutlineProps) {
  const { rows, selected, mocked, actions, onSelect, onOpen, onPalette, paletteOpen, focusKey } = props
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const visible = useMemo(() => visibleRows(rows, folded), [rows, folded])
  const order = useMemo(() => [SETTINGS, ...visible.map(({ pointer }) => pointer)], [visible])
  const current = selected !== undefined && order.includes(selected) ? selected : order[0]
  const picked = useMemo(
    () => rows.filter(({ pointer }) => ticked.has(pointer)).map(({ pointer }) => pointer),
    [rows, ticked]
  )
  const drop = useDrop(actions, picked)

  const followed = useRef(focusKey)
  useEffect(() => {
    if (followed.current === focusKey) return
    const wanted = selected ?? SETTINGS
    // The rows follow the text with a delay: until then the step is not there.
    if (wanted !== SETTINGS && !rows.some(({ pointer }) => pointer === wanted)) return
    followed.current = focusKey
    document.getElementById(rowDomId(wanted))?.focus()
  }, [focusKey, selected, rows])
  // When steps are added or removed, the selected one may have moved.
  const counted = useRef(rows.length)
  useEffect(() => {
    if (counted.current === rows.length) return
    counted.current = rows.length
    setTicked((before) => (before.size === 0 ? before : new Set()))
  }, [rows.length])

  const chosen = (): readonly string[] => (picked.length > 0 ? picked : current ? [current] : [])

  function go(pointer: string | undefined): void {
    if (pointer === undefined) return
    onSelect(pointer)
    document.getElementById(rowDomId(pointer))?.focus()
  }

  const fold = useCallback(
    (pointer: string, closed: boolean) =>
      setFolded((before) => (closed ? new Set([...before, pointer]) : without(before, pointer))),
    []
  )
  const tick = useCallback(
    (pointer: string) =>
      setTicked((before) => (before.has(pointer) ? without(before, pointer) : new Set([...before, pointer]))),
    []
  )
  useEffect(() => {
    if (ticked.size > 0) announce(`${ticked.size} selected`)
  }, [ticked])

  function onKeyDown(event: KeyboardEvent<HTMLUListElement>): void {
    if (current === undefined || !(event.target instanceof HTMLElement) || event.target.role !== 'treeitem') return
    const row = visible.find(({ pointer }) => pointer === current)
    const at = order.indexOf(current)
    const closed = folded.has(current)
    const plain: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(order[at + 1]),
      ArrowUp: () => go(order[at - 1]),
      Home: () => go(order[0]),
      End: () => go(order.at(-1)),
      ArrowRight: () => (row?.branch && closed ? fold(current, false) : row?.branch && go(order[at + 1])),
      ArrowLeft: () => (row?.branch && !closed ? fold(current, true) : go(row?.parent)),
      Enter: onOpen,
      ...(actions ? { '/': onPalette } : {}),
      ...(actions && row ? { ' ': () => tick(current), Delete: () => actions.remove(chosen()) } : {})
    }
    const withAlt: Readonly<Record<string, () => void>> =
      actions && row
        ? {
            ArrowUp: () => actions.up(current),
            ArrowDown: () => actions.down(current),
            ArrowRight: () => actions.moveIn(current),
            ArrowLeft: () => actions.moveOut(current)
          }
        : {}
    if (event.ctrlKey || event.metaKey) return
    const act = (event.altKey ? withAlt : plain)[event.key]
    if (!act) return
    event.preventDefault()
    if (!paletteOpen) act()
  }

  function onCopy(event: ClipboardEvent, cut: boolean): void {
    if (!actions) return
    const pointers = chosen().filter((pointer) => pointer !== SETTINGS)
    if (pointers.length === 0) return
    event.preventDefault()
    event.clipboardData.setData('text/plain', actions.copy(pointers))
    if (cut) actions.remove(pointers)
    announce(cut ? 'Cut' : 'Copied')
  }

  return (
    <div className="flex min-w-0 flex-col gap-2">
      {actions && picked.length > 0 && (
        <SelectionBar picked={picked} actions={actions} onClear={() => setTicked(new Set())} />
      )}
      <ul
        role="tree"
        aria-label="Outline"
        className="flex min-w-0 flex-col gap-1"
        onKeyDown={onKeyDown}
        onCopy={(event) => onCopy(event, false)}
        onCut={(event) => onCopy(event, true)}
        onPaste={(event) => {
          if (!actions) return
          event.preventDefault()
          actions.paste(event.clipboardData.getData('text/plain'), current || undefined)
        }}
      >
        <li
          id={rowDomId(SETTINGS)}
          role="treeitem"
          aria-level={1}
          aria-selected={selected === SETTINGS}
          tabIndex={current === SETTINGS ? 0 : -1}
          className="outline-row"
          onClick={() => onSelect(SETTINGS)}
          onFocus={() => selected !== SETTINGS && onSelect(SETTINGS)}
        >
          <span aria-hidden="true" className="dim small w-16 shrink-0">
            flow
          </span>
          <strong>Flow settings</strong>
        </li>
        {visible.map((row) => (
          <Row
            key={row.pointer}
            row={row}
            selected={row.pointer === selected}
            focusable={row.pointer === current}
            ticked={ticked.has(row.pointer)}
            folded={folded.has(row.pointer)}
            mocked={mocked.has(row.pointer)}
            editable={actions !== undefined}
            dropAt={drop.over?.pointer === row.pointer ? drop.over.where : undefined}
            onSelect={onSelect}
            onFold={fold}
            onTick={tick}
            drag={drop.handlers}
          />
        ))}
      </ul>
    </div>
  )
}

function without(set: ReadonlySet<string>, pointer: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== pointer))
}

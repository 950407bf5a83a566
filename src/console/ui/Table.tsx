import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Empty } from './Empty.tsx'
import { ErrorNote } from './ErrorNote.tsx'
import { RowWindow, WINDOW_ROWS } from './RowWindow.tsx'
import { ShowMore } from './ShowMore.tsx'
import { Bone, useSlow } from './Skeleton.tsx'

export interface Column<T> {
  label: string
  cell: (row: T) => ReactNode
  /** The heading is only for screen readers, as for a column of buttons. */
  quiet?: boolean
  /** The content stays on one line: times, ids, numbers. */
  tight?: boolean
}

/** The rows of a table: the result of `useList`, or an object like it. */
export interface Rows<T> {
  data: readonly T[] | undefined
  error: unknown
  refetch: () => unknown
  hasNextPage?: boolean
  isFetchingNextPage?: boolean
  fetchNextPage?: () => unknown
}

export interface TableProps<T> {
  label: string
  rows: Rows<T>
  columns: readonly Column<T>[]
  rowId: (row: T) => string
  /** The content of an empty list. */
  empty: ReactNode
  /** Set while filters are active: an empty list then says so, with a button that clears them. */
  onClearFilters?: (() => void) | undefined
  /** Makes rows selectable: the selected ids, and the name of each row. */
  selection?:
    | { selected: ReadonlySet<string>; onChange: (selected: ReadonlySet<string>) => void; nameOf: (row: T) => string }
    | undefined
  /** Highlighted for a moment: rows that have just arrived. */
  isFresh?: (row: T) => boolean
}

const SKELETON_ROWS = 4

/**
 * A list with its four states. Below 720 px each row is a card. Roles are set explicitly, because some browsers do not
 * treat a table with block layout as a table.
 */
export function Table<T>({ label, rows, columns, rowId, empty, onClearFilters, selection, isFresh }: TableProps<T>) {
  const loading = rows.data === undefined && !rows.error
  const slow = useSlow(loading)
  const width = columns.length + (selection ? 1 : 0)
  if (rows.error && rows.data === undefined) return <ErrorNote error={rows.error} onRetry={() => void rows.refetch()} />
  if (rows.data?.length === 0) {
    if (!onClearFilters) return <div className="panel">{empty}</div>
    return (
      <div className="panel">
        <Empty actions={<Button onClick={onClearFilters}>Clear filters</Button>}>Nothing fits these filters.</Empty>
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-3">
      {rows.error !== null && rows.error !== undefined && (
        <ErrorNote error={rows.error} onRetry={() => void rows.refetch()} />
      )}
      <div className="panel sm:overflow-x-auto" aria-busy={loading || undefined}>
        <table aria-label={label} role="table" className="data-table">
          <thead role="rowgroup">
            <tr role="row">
              {selection && (
                <th role="columnheader" scope="col">
                  {rows.data ? (
                    <SelectAll rows={rows.data} rowId={rowId} {...selection} />
                  ) : (
                    <span className="sr-only">Select</span>
                  )}
                </th>
              )}
              {columns.map((column) => (
                <th key={column.label} role="columnheader" scope="col">
                  {column.quiet ? <span className="sr-only">{column.label}</span> : column.label}
                </th>
              ))}
            </tr>
          </thead>
          {slow && (
            <tbody role="rowgroup">
              {Array.from({ length: SKELETON_ROWS }, (_, index) => (
                <SkeletonRow key={index} columns={width} />
              ))}
            </tbody>
          )}
          {windowsOf(rows.data ?? []).map((part, index) => (
            // The first rows stay rendered, so that a short table is always complete.
            <RowWindow key={index} columns={width} count={part.length} keep={index === 0}>
              {() =>
                part.map((row) => (
                  <tr key={rowId(row)} role="row" className={isFresh?.(row) ? 'fresh' : ''}>
                    {selection && (
                      <td role="cell">
                        <SelectRow id={rowId(row)} name={selection.nameOf(row)} {...selection} />
                      </td>
                    )}
                    {columns.map((column) => (
                      <td key={column.label} role="cell" className={column.tight ? 'whitespace-nowrap' : ''}>
                        <span className="cell-label" aria-hidden="true">
                          {column.label}
                        </span>
                        <div className="min-w-0">{column.cell(row)}</div>
                      </td>
                    ))}
                  </tr>
                ))
              }
            </RowWindow>
          ))}
        </table>
      </div>
      {rows.hasNextPage && (
        <ShowMore pending={rows.isFetchingNextPage ?? false} onShow={() => void rows.fetchNextPage?.()} />
      )}
    </div>
  )
}

function windowsOf<T>(rows: readonly T[]): (readonly T[])[] {
  return Array.from({ length: Math.ceil(rows.length / WINDOW_ROWS) }, (_, index) =>
    rows.slice(index * WINDOW_ROWS, (index + 1) * WINDOW_ROWS)
  )
}

type SelectionProps = { selected: ReadonlySet<string>; onChange: (selected: ReadonlySet<string>) => void }

function SelectAll<T>({
  rows,
  rowId,
  selected,
  onChange
}: SelectionProps & { rows: readonly T[]; rowId: (row: T) => string }) {
  const all = rows.length > 0 && rows.every((row) => selected.has(rowId(row)))
  return (
    <input
      type="checkbox"
      aria-label="Select all"
      checked={all}
      onChange={() => onChange(all ? new Set() : new Set(rows.map(rowId)))}
    />
  )
}

function SelectRow({ id, name, selected, onChange }: SelectionProps & { id: string; name: string }) {
  return (
    <input
      type="checkbox"
      aria-label={`Select ${name}`}
      checked={selected.has(id)}
      onChange={() => {
        const next = new Set(selected)
        if (!next.delete(id)) next.add(id)
        onChange(next)
      }}
    />
  )
}

function SkeletonRow({ columns }: { columns: number }) {
  return (
    <tr role="row" aria-hidden="true">
      {Array.from({ length: columns }, (_, index) => (
        <td key={index} role="cell">
          <Bone />
        </td>
      ))}
    </tr>
  )
}

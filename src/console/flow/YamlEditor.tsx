import type { EditorView } from '@codemirror/view'
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import { createEditor, goToFault, patchText, redo, replaceText, showFaults, undo } from './editor.ts'
import { showStep } from './editor-marks.ts'
import { completeFlow } from './completion.ts'
import type { Patch } from './text/edits.ts'
import type { Fault } from './yaml.ts'

export interface EditorHandle {
  text(): string
  replace(text: string): void
  goTo(fault: Fault): void
  /** @param options whether the change joins the one before it in the history, as successive keystrokes do */
  patch(patch: Patch, options?: { joins?: boolean }): void
  /** Marks a range, and scrolls it into view. */
  show(range: { from: number; to: number } | undefined): void
  undo(): void
  redo(): void
}

/**
 * An editor for the text of a flow. The editor holds the text: it starts with `first`, and `onChange` reports every
 * change.
 */
export default function YamlEditor({
  first,
  label = 'Flow as YAML',
  readOnly = false,
  faults = [],
  onChange,
  onSave,
  onCursor,
  ref
}: {
  first: string
  label?: string
  readOnly?: boolean
  faults?: readonly Fault[]
  onChange?: (text: string) => void
  onSave?: () => void
  /** The offset to which the person moved the cursor, in characters. */
  onCursor?: (at: number) => void
  ref?: Ref<EditorHandle>
}) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const told = useRef({ first, onChange, onSave, onCursor })
  useEffect(() => {
    told.current = { ...told.current, onChange, onSave, onCursor }
  })
  useEffect(() => {
    if (!host.current) return
    const editor = createEditor(host.current, {
      text: told.current.first,
      label,
      readOnly,
      onChange: (text) => told.current.onChange?.(text),
      onSave: () => told.current.onSave?.(),
      onCursor: (at) => told.current.onCursor?.(at),
      complete: completeFlow
    })
    view.current = editor
    return () => editor.destroy()
  }, [label, readOnly])
  useEffect(() => {
    if (view.current && !readOnly) showFaults(view.current, faults)
  }, [faults, readOnly])
  useImperativeHandle(
    ref,
    () => ({
      text: () => view.current?.state.doc.toString() ?? told.current.first,
      replace: (text) => view.current && replaceText(view.current, text),
      goTo: (fault) => view.current && goToFault(view.current, fault),
      patch: (patch, options) => view.current && patchText(view.current, patch, options),
      show: (range) => view.current && showStep(view.current, range),
      undo: () => view.current && undo(view.current),
      redo: () => view.current && redo(view.current)
    }),
    []
  )
  return <div ref={host} className="min-w-0 rounded-md border border-line-strong" />
}

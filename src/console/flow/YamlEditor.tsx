import type { EditorView } from '@codemirror/view'
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import { createEditor, goToFault, replaceText, showFaults } from './editor.ts'
import type { Fault } from './yaml.ts'

export interface EditorHandle {
  replace(text: string): void
  goTo(fault: Fault): void
}

/** The text of a flow. It is the editor's own: `first` is where it starts, `onChange` tells of every change. */
export default function YamlEditor({
  first,
  label = 'Flow as YAML',
  readOnly = false,
  faults = [],
  onChange,
  onSave,
  ref
}: {
  first: string
  label?: string
  readOnly?: boolean
  faults?: readonly Fault[]
  onChange?: (text: string) => void
  onSave?: () => void
  ref?: Ref<EditorHandle>
}) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const told = useRef({ first, onChange, onSave })
  useEffect(() => {
    told.current = { ...told.current, onChange, onSave }
  })
  useEffect(() => {
    if (!host.current) return
    const editor = createEditor(host.current, {
      text: told.current.first,
      label,
      readOnly,
      onChange: (text) => told.current.onChange?.(text),
      onSave: () => told.current.onSave?.()
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
      replace: (text) => view.current && replaceText(view.current, text),
      goTo: (fault) => view.current && goToFault(view.current, fault)
    }),
    []
  )
  return <div ref={host} className="min-w-0 rounded-md border border-line-strong" />
}

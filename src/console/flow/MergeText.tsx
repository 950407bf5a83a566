import { yaml } from '@codemirror/lang-yaml'
import { MergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
import { lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { labelled } from './editor.ts'
import { editorLook, editorRoot } from './editor-look.ts'

export interface Side {
  label: string
  text: string
}

// In a narrow view the text scrolls sideways: two columns of one word each could not be read.
const RULES = `
  .cm-mergeView { max-height: 68vh; overflow: auto; border-radius: 6px }
  .cm-mergeViewEditors { min-width: 640px }`

/** Two texts side by side, read-only, with the differences marked. */
export default function MergeText({ before, after }: { before: Side; after: Side }) {
  const host = useRef<HTMLDivElement>(null)
  const key = JSON.stringify([before, after])
  useEffect(() => {
    if (!host.current) return
    const { root, parent } = editorRoot(host.current, RULES)
    const [a, b] = JSON.parse(key) as [Side, Side]
    const merge = new MergeView({
      parent,
      root,
      a: stateOf(a),
      b: stateOf(b),
      gutter: true,
      highlightChanges: true,
      collapseUnchanged: { margin: 3, minSize: 8 }
    })
    return () => merge.destroy()
  }, [key])
  return <div ref={host} className="min-w-0 rounded-md border border-line-strong" />
}

function stateOf({ label, text }: Side) {
  return {
    doc: text,
    extensions: [lineNumbers(), yaml(), editorLook, EditorState.readOnly.of(true), labelled(label, true)]
  }
}

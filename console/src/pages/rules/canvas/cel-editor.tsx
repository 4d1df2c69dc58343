import { autocompletion, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import type { RuleVariable } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { celColours, celLanguage, completeCel } from './cel-language.ts'

/** An expression as text, with colours and completion. */
export function CelEditor({
  value,
  onChange,
  variables,
  label,
  readOnly,
  fault,
}: {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly variables: readonly RuleVariable[]
  readonly label: string
  readonly readOnly: boolean
  readonly fault: boolean
}) {
  const wording = useWording()
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const latest = useRef({ onChange, value })
  latest.current = { onChange, value }
  const completion = useRef(new Compartment())
  const access = useRef(new Compartment())
  const words = { label, hint: wording.t('canvas.celHint') }
  const first = useRef({ variables, wording, readOnly, words })

  useEffect(() => {
    if (!place.current) return
    const start = first.current
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          history(),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          celLanguage,
          celColours,
          EditorView.lineWrapping,
          placeholder(start.words.hint),
          EditorView.contentAttributes.of({ 'aria-label': start.words.label }),
          completion.current.of(autocompletion({ override: [completeCel(start.variables, start.wording)] })),
          access.current.of(EditorState.readOnly.of(start.readOnly)),
          EditorView.updateListener.of((update) => {
            const text = update.state.doc.toString()
            if (update.docChanged && text !== latest.current.value) latest.current.onChange(text)
          }),
        ],
      }),
    })
    view.current = made
    return () => made.destroy()
  }, [])

  useEffect(() => {
    view.current?.dispatch({
      effects: [
        completion.current.reconfigure(autocompletion({ override: [completeCel(variables, wording)] })),
        access.current.reconfigure(EditorState.readOnly.of(readOnly)),
      ],
    })
  }, [variables, wording, readOnly])

  useEffect(() => {
    const now = view.current
    if (!now || now.state.doc.toString() === value) return
    now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: value } })
  }, [value])

  return <div ref={place} className={`hf-cel${fault ? ' hf-cel-fault' : ''}`} />
}

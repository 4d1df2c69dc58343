import { App } from 'antd'
import { type ClipboardEvent, useRef } from 'react'
import type { RuleKindWords, RuleModel } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { copyNodes, pasteNodes, readCopied } from './clipboard.ts'
import { removeNodes } from './graph.ts'
import { isField } from './use-canvas-keys.ts'

const APART = 40

/** Copy, cut and paste of nodes as text of the real clipboard: also from one rule set into another. */
export function useClipboard(ask: {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly change: (model: RuleModel) => void
  readonly chosen: readonly string[]
  readonly choose: (ids: readonly string[]) => void
  readonly readOnly: boolean
}) {
  const { kind, model, change, chosen, choose, readOnly } = ask
  const { t } = useWording()
  const { message } = App.useApp()
  // The second paste of the same nodes lies beside the first.
  const last = useRef({ text: '', times: 0 })
  const take = (text: string) => {
    const copied = readCopied(text)
    if (copied === null || readOnly) {
      if (!readOnly) void message.info(t('canvas.nothingToPaste'))
      return
    }
    last.current = { text, times: text === last.current.text ? last.current.times + 1 : 1 }
    const by = APART * last.current.times
    const pasted = pasteNodes(model, copied, { x: by, y: by })
    change(pasted.model)
    choose(pasted.ids)
    if (copied.kind !== kind.kind) void message.warning(t('canvas.otherKind', { kind: copied.kind }))
  }
  const copied = () => JSON.stringify(copyNodes(model, kind.kind, chosen))
  const told = () => void message.success(t('canvas.copied', { n: chosen.length }))
  return {
    onCopy: (event: ClipboardEvent) => {
      if (isField(event.target) || chosen.length === 0) return
      event.preventDefault()
      event.clipboardData.setData('text/plain', copied())
      told()
      if (event.type === 'cut' && !readOnly) {
        change(removeNodes(model, chosen))
        choose([])
      }
    },
    onPaste: (event: ClipboardEvent) => {
      if (isField(event.target)) return
      event.preventDefault()
      take(event.clipboardData.getData('text/plain'))
    },
    copy: () => {
      if (chosen.length > 0) void navigator.clipboard.writeText(copied()).then(told)
    },
    paste: () =>
      void navigator.clipboard.readText().then(take, () => void message.warning(t('canvas.pasteRefused'))),
  }
}
export type CanvasClipboard = ReturnType<typeof useClipboard>

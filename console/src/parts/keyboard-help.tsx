import { Modal } from 'antd'
import { useEffect, useState } from 'react'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'

type Keys = readonly (readonly [readonly string[], TextKey])[]
const KEYS: Keys = [
  [['j', '↓', 'k', '↑'], 'keys.move'],
  [['Enter'], 'keys.open'],
  [['x'], 'keys.select'],
  [['/'], 'keys.search'],
  [['r'], 'keys.refresh'],
  [['1', '…', '9'], 'keys.views'],
  [['Esc'], 'keys.close'],
  [['?'], 'keys.help'],
]
const CANVAS_KEYS: Keys = [
  [['Tab', 'Shift+Tab'], 'canvas.key.next'],
  [['Enter'], 'canvas.key.choose'],
  [['↑', '↓', '←', '→'], 'canvas.key.move'],
  [['C'], 'canvas.key.connect'],
  [['Delete'], 'canvas.key.delete'],
  [['Shift'], 'canvas.key.several'],
  [['Ctrl+A'], 'canvas.key.all'],
  [['Ctrl+C', 'Ctrl+X', 'Ctrl+V'], 'canvas.key.copy'],
  [['Ctrl+Z'], 'canvas.key.undo'],
  [['Ctrl+Shift+Z'], 'canvas.key.redo'],
  [['Ctrl+F'], 'canvas.key.find'],
  [['Ctrl+⇕'], 'canvas.key.zoom'],
]

/** True where a key press is text for a field or belongs to an open dialog or menu. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true
  return (
    target?.closest(
      'input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]',
    ) != null
  )
}

export function KeyboardHelp() {
  const { t } = useWording()
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const show = () => setOpen(true)
    const onKey = (event: KeyboardEvent) => {
      if (event.key === '?' && !isTyping(event)) show()
    }
    window.addEventListener('holdfast:help', show)
    window.addEventListener('keydown', onKey)
    return () => {
      window.removeEventListener('holdfast:help', show)
      window.removeEventListener('keydown', onKey)
    }
  }, [])
  return (
    <Modal open={open} onCancel={() => setOpen(false)} footer={null} title={t('keys.title')} width={520}>
      <KeyList keys={KEYS} />
      <h3>{t('canvas.keys')}</h3>
      <KeyList keys={CANVAS_KEYS} />
    </Modal>
  )
}

function KeyList({ keys }: { readonly keys: Keys }) {
  const { t } = useWording()
  return (
    <dl className="hf-keys">
      {keys.map(([names, text]) => (
        <div key={text}>
          <dt>
            {names.map((name) => (
              <kbd key={name}>{name}</kbd>
            ))}
          </dt>
          <dd>{t(text)}</dd>
        </div>
      ))}
    </dl>
  )
}

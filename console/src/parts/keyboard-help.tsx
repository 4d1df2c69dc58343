import { Modal } from 'antd'
import { useEffect, useState } from 'react'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'

const KEYS: readonly (readonly [readonly string[], TextKey])[] = [
  [['j', '↓', 'k', '↑'], 'keys.move'],
  [['Enter'], 'keys.open'],
  [['x'], 'keys.select'],
  [['/'], 'keys.search'],
  [['r'], 'keys.refresh'],
  [['1', '…', '9'], 'keys.views'],
  [['Esc'], 'keys.close'],
  [['?'], 'keys.help'],
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
    <Modal open={open} onCancel={() => setOpen(false)} footer={null} title={t('keys.title')} width={420}>
      <dl className="hf-keys">
        {KEYS.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}

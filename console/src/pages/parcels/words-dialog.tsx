import { useMutation } from '@tanstack/react-query'
import { App, Input, Modal } from 'antd'
import { useState } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

/** Something that a person notes, with his words. */
export function WordsDialog({
  title,
  hint,
  onClose,
  onSend,
}: {
  readonly title: string
  readonly hint: string | null
  readonly onClose: () => void
  readonly onSend: (words: string) => Promise<void>
}) {
  const { t } = useWording()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const [words, setWords] = useState('')
  const send = useMutation({
    mutationFn: () => onSend(words.trim()),
    onError: fail,
    onSuccess: () => {
      void message.success(t('parcels.done'))
      onClose()
    },
  })
  return (
    <Modal
      open
      title={title}
      onCancel={onClose}
      onOk={() => send.mutate()}
      okButtonProps={{ disabled: words.trim() === '', loading: send.isPending }}
    >
      {hint ? <p className="hf-faint">{hint}</p> : null}
      <Input.TextArea
        autoFocus
        rows={3}
        maxLength={500}
        aria-label={t('parcels.reason')}
        placeholder={t('parcels.reason')}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
    </Modal>
  )
}

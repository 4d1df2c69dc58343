import { Alert, Input, Modal } from 'antd'
import { useWording } from '#/i18n/language.tsx'
import { CopyButton } from '#/parts/small.tsx'

/** The one time that a secret is shown. */
export function SecretDialog({
  name,
  text,
  onClose,
}: {
  readonly name: string
  readonly text: string
  readonly onClose: () => void
}) {
  const { t } = useWording()
  return (
    <Modal
      open
      title={`${t('webhooks.secret')} · ${name}`}
      okText={t('webhooks.secretKept')}
      cancelButtonProps={{ hidden: true }}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      onOk={onClose}
    >
      <Alert type="warning" showIcon title={t('webhooks.secretOnce')} />
      <div className="hf-hook-secret">
        <Input readOnly value={text} aria-label={t('webhooks.secret')} />
        <CopyButton text={text} label={t('webhooks.secretCopy')} />
      </div>
      <p className="hf-faint">{t('webhooks.secretHint')}</p>
    </Modal>
  )
}
